import { type Context, isoTime } from '../adapter/context.ts'
import type { EventBody, TeardownEvent } from './event.ts'

export type Emit = (body: EventBody) => void

/** Numbers events and gives them their time. A listener that throws is a bug of the caller and must not end a run half way: it is not heard again. */
export function createEmitter(context: Context, listener?: (event: TeardownEvent) => void, runId?: string): Emit {
  let seq = 0
  let heard = listener
  return (body) => {
    if (!heard) return
    try {
      heard({ seq: seq++, at: isoTime(context.now()), ...(runId === undefined ? {} : { runId }), ...body })
    } catch {
      heard = undefined
    }
  }
}
