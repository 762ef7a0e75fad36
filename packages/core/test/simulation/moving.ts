import type { VirtualContext } from '../../src/kit/testing/index.ts'

/** Nothing may take longer than this in virtual time. */
const longestMs = 24 * 3_600_000
/** Turns of the event loop in which nobody sleeps: then nothing will ever happen again. */
const silentTurns = 50

/** What `work` comes to. Rejects when it waits for ever, or for longer than a day. */
export function moving<T>(context: VirtualContext, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const began = context.elapsedMs()
    let over = false
    let silent = 0
    const look = (): void => {
      if (over) return
      silent = context.waiting() === 0 ? silent + 1 : 0
      if (silent > silentTurns) reject(new Error('nothing runs and nothing will: the run waits for ever'))
      else if (context.elapsedMs() - began > longestMs) reject(new Error(`not ended after ${longestMs / 3_600_000} h`))
      else setImmediate(look)
    }
    work.then(resolve, reject).finally(() => {
      over = true
    })
    setImmediate(look)
  })
}
