import type { Emit } from '../model/emitter.ts'
import type { Finding, Identity } from '../model/outcome.ts'
import { type Connection, connect, type Traffic } from './connection.ts'
import type { Context } from './context.ts'
import { type Adapter, RefusedError } from './kind.ts'
import { CallTimedOut } from './request.ts'

/** Requests sent so far. */
interface Counts {
  reads: number
  writes: number
}

export interface Connected {
  readonly connections: readonly Connection[]
  readonly identities: readonly Identity[]
  readonly adapters: readonly { readonly name: string; readonly version: string }[]
  /** Who could not be connected, and why: the run must not begin. */
  readonly refused: readonly Finding[]
  readonly counts: Counts
}

/** Connects all adapters at once; a refusal of one is told together with those of the others. */
export async function connectAll(
  adapters: readonly Adapter[],
  context: Context,
  signal: AbortSignal,
  emit: Emit,
): Promise<Connected> {
  const counts: Counts = { reads: 0, writes: 0 }
  const traffic: Traffic = {
    sent: ({ effect }) => {
      if (effect === 'read') counts.reads++
      else counts.writes++
    },
    throttled: ({ service, place }, ratePerSecond) => emit({ type: 'throttled', service, place, ratePerSecond }),
  }
  const settled = await Promise.allSettled(adapters.map((adapter) => connect(adapter, context, signal, traffic)))
  const connections: Connection[] = []
  const refused: Finding[] = []
  for (const one of settled) {
    if (one.status === 'fulfilled') connections.push(one.value)
    else if (one.reason instanceof CallTimedOut)
      refused.push({ code: 'unreachable', severity: 'refusal', message: one.reason.message, keys: [] })
    else if (one.reason instanceof RefusedError)
      refused.push({ code: one.reason.code, severity: 'refusal', message: one.reason.message, keys: [] })
    else throw one.reason
  }
  return {
    connections,
    identities: connections.map(({ identity }) => identity),
    adapters: adapters.map(({ name, version }) => ({ name, version })),
    refused,
    counts,
  }
}
