import { type Context, isoTime, systemContext } from '../adapter/context.ts'
import { MisuseError } from '../model/errors.ts'
import type { KindName } from '../model/key.ts'
import type { Ledger } from './ledger.ts'
import { assertMark } from './run-marks.ts'

export interface Creation<T> {
  readonly kind: KindName
  /** The run that it belongs to, as for `runMarks`. */
  readonly run: string
  /** Ids of what it is made in (network, cluster, stack); may be empty. */
  readonly parents: readonly string[]
  /** Region or namespace, where the adapter knows more than one. */
  readonly place?: string
  /** The provider's id, from what `create` resolved with. */
  idOf(created: T): string
  /** Time and the id of the record; default the system's. */
  readonly context?: Context
}

/**
 * Creates something so that no crash can hide it: first the intent is written down, durable, then `create` is called, then the id is written down.
 * Resolves with what `create` resolved with.
 *
 * An intent without id means that it may exist. That stays behind when `create` throws (its error is passed on: a call that failed may still have
 * worked) and when the id cannot be recorded: then this rejects with an error that names the id, and `cause` is what went wrong.
 */
export async function recordCreation<T>(ledger: Ledger, what: Creation<T>, create: () => Promise<T>): Promise<T> {
  const { kind, run, parents, place, context = systemContext() } = what
  assertMark('run', run)
  const creation = freshId(context)
  await ledger.append([{ at: isoTime(context.now()), type: 'creating', creation, run, kind, parents }])
  const created = await create()
  const id = what.idOf(created)
  if (typeof id !== 'string' || id === '')
    throw new MisuseError(
      'no-id',
      `idOf gave no id for the ${kind} that was created for run ${run}; its intent is in the ledger as ${creation}`,
    )
  const at = isoTime(context.now())
  try {
    await ledger.append([
      { at, type: 'created', creation, run, kind, id, parents, ...(place !== undefined && { place }) },
    ])
  } catch (cause) {
    throw new Error(`${kind} ${id} was created for run ${run}, but its id could not be written to the ledger`, {
      cause,
    })
  }
  return created
}

/** 96 random bits in hex: no two of them meet. From the context, so that a simulation gives the same bytes again. */
function freshId(context: Context): string {
  const part = (): string =>
    Math.floor(context.random() * 2 ** 32)
      .toString(16)
      .padStart(8, '0')
  return part() + part() + part()
}
