import { type Context, isoTime, systemContext } from '../adapter/context.ts'
import { MisuseError } from '../model/errors.ts'
import type { KindName } from '../model/key.ts'
import type { Ledger, LedgerEntry } from './ledger.ts'
import { assertMark } from './run-marks.ts'

export interface CreationIntent {
  readonly kind: KindName
  /** The run that it belongs to, as for `runMarks`. */
  readonly run: string
  /** Ids of what it is made in (network, cluster, stack); may be empty. */
  readonly parents: readonly string[]
  /** Time and the id of the record; default the system's. */
  readonly context?: Context
}

export interface CreatedThing {
  /** The provider's id. */
  readonly id: string
  /** Region or namespace, where the adapter knows more than one. */
  readonly place?: string
  /** Time; default the system's. */
  readonly context?: Context
}

export interface Creation<T> extends CreationIntent {
  /** Region or namespace, where the adapter knows more than one. */
  readonly place?: string
  /** The provider's id, from what `create` resolved with. */
  idOf(created: T): string
}

/**
 * Creates something so that no crash can hide it: first the intent is written down, durable, then `create` is called, then the id is written down.
 * Resolves with what `create` resolved with.
 *
 * An intent without id means that it may exist. That stays behind when `create` throws (its error is passed on: a call that failed may still have
 * worked) and when the id cannot be recorded: then this rejects with an error that names the id, and `cause` is what went wrong.
 */
export async function recordCreation<T>(ledger: Ledger, what: Creation<T>, create: () => Promise<T>): Promise<T> {
  const { kind, run, place, context = systemContext() } = what
  const intent = await writeIntent(ledger, what)
  const created = await create()
  const id = what.idOf(created)
  assertId(id, intent)
  try {
    await writeId(ledger, intent, { id, context, ...(place !== undefined && { place }) })
  } catch (cause) {
    throw new Error(`${kind} ${id} was created for run ${run}, but its id could not be written to the ledger`, {
      cause,
    })
  }
  return created
}

/**
 * The first half of `recordCreation`, for what another program creates (a shell script, another language): writes the intent down, durable, and
 * resolves with the id of the record, which is what `closeCreation` wants. Nothing is held open in between: another process may close it.
 */
export async function openCreation(ledger: Ledger, what: CreationIntent): Promise<string> {
  return (await writeIntent(ledger, what)).creation
}

/**
 * The second half: writes down the id that the provider gave. Closed again with the same id it changes nothing, so a script may try again.
 * Throws a `MisuseError` for a creation that the ledger does not know, and for one that was closed with another id. Reads the whole ledger.
 */
export async function closeCreation(ledger: Ledger, creation: string, created: CreatedThing): Promise<void> {
  let intent: Intent | undefined
  for await (const entry of ledger.read()) {
    if (entry.type === 'creating' && entry.creation === creation) intent = entry
    if (entry.type !== 'created' || entry.creation !== creation) continue
    if (entry.id === created.id) return
    throw new MisuseError('creation-closed', `the creation ${creation} has the id ${entry.id}, not ${created.id}`)
  }
  if (intent === undefined)
    throw new MisuseError('no-such-creation', `the ledger has no creation ${creation}; openCreation gives its id`)
  assertId(created.id, intent)
  await writeId(ledger, intent, created)
}

type Intent = LedgerEntry & { readonly type: 'creating' }

async function writeIntent(ledger: Ledger, what: CreationIntent): Promise<Intent> {
  const { kind, run, parents, context = systemContext() } = what
  assertMark('run', run)
  const at = isoTime(context.now())
  const intent: Intent = { at, type: 'creating', creation: freshId(context), run, kind, parents }
  await ledger.append([intent])
  return intent
}

async function writeId(ledger: Ledger, intent: Intent, created: CreatedThing): Promise<void> {
  const { creation, run, kind, parents } = intent
  const { id, place, context = systemContext() } = created
  const at = isoTime(context.now())
  await ledger.append([
    { at, type: 'created', creation, run, kind, id, parents, ...(place !== undefined && { place }) },
  ])
}

function assertId(id: string, { kind, run, creation }: Intent): void {
  if (typeof id !== 'string' || id === '')
    throw new MisuseError(
      'no-id',
      `there is no id of the ${kind} that was created for run ${run}; its intent is in the ledger as ${creation}`,
    )
}

/** 96 random bits in hex: no two of them meet. From the context, so that a simulation gives the same bytes again. */
function freshId(context: Context): string {
  const part = (): string =>
    Math.floor(context.random() * 2 ** 32)
      .toString(16)
      .padStart(8, '0')
  return part() + part() + part()
}
