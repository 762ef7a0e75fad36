import type { Context } from '../adapter/context.ts'
import type { ExecuteOptions, TeardownRun } from '../adapter/options.ts'
import { createEmitter, type Emit, listening } from '../model/emitter.ts'
import type { TeardownEvent } from '../model/event.ts'
import type { Report } from '../model/report.ts'

interface Started {
  readonly runId: string
  readonly emit: Emit
  readonly soft: AbortSignal
  readonly hard: AbortSignal
}

/** Gives a run its id, its events and its two stages of stopping. */
export function startRun(
  options: ExecuteOptions,
  context: Context,
  work: (started: Started) => Promise<Report>,
): TeardownRun {
  const runId = newRunId(context)
  const soft = new AbortController()
  const hard = new AbortController()
  const events = eventLog()
  const tell = listening(options.onEvent)
  const emit = createEmitter(
    context,
    (event) => {
      events.push(event)
      tell(event)
    },
    runId,
  )
  const stop = (): void =>
    soft.signal.aborted
      ? hard.abort(new Error('the run was stopped at once'))
      : soft.abort(new Error('the run was stopped'))
  if (options.signal?.aborted) stop()
  options.signal?.addEventListener('abort', stop, { once: true })

  const report = work({ runId, emit, soft: soft.signal, hard: hard.signal })
    .then((made) => {
      emit({ type: 'ended', outcome: made.outcome })
      return made
    })
    .finally(() => {
      options.signal?.removeEventListener('abort', stop)
      events.end()
    })
  report.catch(() => undefined) // whoever awaits it gets the error; nobody awaiting it must not end the process

  return {
    id: runId,
    report,
    stop() {
      stop()
      return report
    },
    [Symbol.asyncIterator]: () => events.iterate(),
    async [Symbol.asyncDispose]() {
      if (!soft.signal.aborted) stop() // who leaves a scope because of the first stop asks for no second one
      await report.catch(() => undefined)
    },
  }
}

function newRunId(context: Context): string {
  const stamp = new Date(context.now()).toISOString().replace(/[-:]|\.\d+/g, '')
  return `run-${stamp}-${Math.floor(context.random() * 36 ** 6)
    .toString(36)
    .padStart(6, '0')}`
}

/** Every iterator sees all events from the first on. */
function eventLog(): { push(event: TeardownEvent): void; end(): void; iterate(): AsyncIterator<TeardownEvent> } {
  const all: TeardownEvent[] = []
  let ended = false
  let wake: (() => void)[] = []
  const ring = (): void => {
    const waiting = wake
    wake = []
    for (const one of waiting) one()
  }
  return {
    push(event) {
      all.push(event)
      ring()
    },
    end() {
      ended = true
      ring()
    },
    async *iterate() {
      for (let at = 0; ; at++) {
        while (at >= all.length) {
          if (ended) return
          await new Promise<void>((resolve) => wake.push(resolve))
        }
        yield all[at] as TeardownEvent
      }
    },
  }
}
