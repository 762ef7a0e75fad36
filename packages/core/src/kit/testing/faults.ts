import type { KindName } from '../../model/key.ts'
import type { Random } from './random.ts'

/** What goes wrong, and on which calls. Every field that is given has to fit. */
export interface Fault {
  readonly what: /** too many calls, no effect */
    | 'throttled'
    /** the provider fails, no effect */
    | 'error'
    /** the connection breaks before the provider heard of it */
    | 'lost-request'
    /** the effect comes about, the answer does not */
    | 'lost-response'
    /** an explicit deny */
    | 'denied'
    | 'unauthenticated'
    | 'unsupported'
    /** nothing is ever heard */
    | 'hang'
    /** a read answers with the state of `staleMs` ago */
    | 'stale'
  readonly provider?: string
  readonly account?: string
  readonly place?: string
  /** The name of the call (`DeleteSubnet`), or what it has to match. */
  readonly call?: string | RegExp
  readonly effect?: 'read' | 'write'
  readonly kind?: KindName
  readonly id?: string
  /** So many fitting calls go well first; default 0. */
  readonly after?: number
  /** At most so many times; default for ever. */
  readonly times?: number
  /** The share of fitting calls, drawn with the seed; default 1. */
  readonly rate?: number
  /** Virtual milliseconds of the world between which it holds; default always. */
  readonly fromMs?: number
  readonly untilMs?: number
  readonly retryAfterMs?: number
  /** `stale` only; default 5 s. */
  readonly staleMs?: number
}

export interface Call {
  readonly provider: string
  readonly account: string
  readonly place: string
  readonly service: string
  readonly call: string
  readonly effect: 'read' | 'write'
  readonly kind?: KindName
  readonly id?: string
}

export interface Faults {
  /** From now on; call what it returns to end it. */
  add(fault: Fault): () => void
  /** The fault that this call meets, if any. */
  meet(call: Call, elapsedMs: number): Fault | undefined
}

export function createFaults(initial: readonly Fault[], random: Random): Faults {
  const active = new Set<{ readonly fault: Fault; seen: number; struck: number }>()
  const add = (fault: Fault): (() => void) => {
    const entry = { fault, seen: 0, struck: 0 }
    active.add(entry)
    return () => active.delete(entry)
  }
  for (const fault of initial) add(fault)
  return {
    add,
    meet(call, elapsedMs) {
      for (const entry of active) {
        const { fault } = entry
        if (!fits(fault, call) || elapsedMs < (fault.fromMs ?? 0) || elapsedMs >= (fault.untilMs ?? Infinity)) continue
        entry.seen++
        if (entry.seen <= (fault.after ?? 0) || entry.struck >= (fault.times ?? Infinity)) continue
        if (fault.rate !== undefined && !random.chance(fault.rate)) continue
        entry.struck++
        return fault
      }
      return undefined
    },
  }
}

function fits(fault: Fault, call: Call): boolean {
  const same = (wanted: string | undefined, is: string | undefined): boolean => wanted === undefined || wanted === is
  return (
    same(fault.provider, call.provider) &&
    same(fault.account, call.account) &&
    same(fault.place, call.place) &&
    same(fault.effect, call.effect) &&
    (fault.what !== 'stale' || call.effect === 'read') &&
    same(fault.kind, call.kind) &&
    same(fault.id, call.id) &&
    (fault.call instanceof RegExp ? fault.call.test(call.call) : same(fault.call, call.call))
  )
}
