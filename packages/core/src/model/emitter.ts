import { type Context, isoTime } from '../adapter/context.ts'
import type { EventBody, TeardownEvent } from './event.ts'

export type Emit = (body: EventBody) => void
type Listener = (event: TeardownEvent) => void

/** Numbers events and gives them their time. */
export function createEmitter(context: Context, listener?: Listener, runId?: string): Emit {
  let seq = 0
  const tell = listening(listener)
  return (body) => tell({ seq: seq++, at: isoTime(context.now()), ...(runId === undefined ? {} : { runId }), ...body })
}

/** A listener that throws is a bug of the caller and must not end a run half way: it is not heard again. */
export function listening(listener: Listener | undefined): Listener {
  let heard = listener
  return (event) => {
    try {
      heard?.(event)
    } catch {
      heard = undefined
    }
  }
}
