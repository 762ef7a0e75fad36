import { gather } from '../case.ts'
import { drain, labelOf, needed, type Send } from './stage.ts'
import type { AdapterCase } from './suite.ts'

/** How long a call may take to notice that it was aborted. */
const noticeMs = 10_000

/** How calls go out, and how they end. */
export const sending: readonly AdapterCase[] = [
  {
    name: 'sends everything through io.request, one request each',
    check: (stage, takenDown) =>
      gather(async (problem) => {
        const requests = needed(stage.bench.requests, 'requests')
        const compare = (what: string, reached: number, told: number): void => {
          if (reached !== told)
            problem(`${what}: ${reached} requests reached the provider, ${told} went through io.request`)
        }
        for (const kind of stage.kinds)
          for (const place of stage.placesOf(kind)) {
            const [before, sent] = [await requests(), stage.sent.length]
            const [some] = await stage.list(kind, place)
            if (some) await kind.read?.(stage.io(place), some.facts.id)
            compare(`${kind.name}: listing and reading`, (await requests()) - before, stage.sent.length - sent)
          }
        for (const { seen, reached = 0, told } of (await takenDown()).removals)
          compare(`${labelOf(seen)}: remove`, reached, told)
      }),
  },
  {
    name: 'says which requests write, and writes nothing when it looks',
    check: (stage, takenDown) =>
      gather(async (problem) => {
        await stage.everythingNow()
        for (const { kind, place, facts } of await stage.samples()) {
          await kind.read?.(stage.io(place), facts.id)
          const ids = kind.find.ids?.(stage.io(place), [facts.id])
          if (ids) await drain(ids)
        }
        for (const { call } of stage.sent.filter(({ effect }) => effect === 'write'))
          problem(`${call} is a write, and was sent by a look`)
        for (const { seen, writes } of (await takenDown()).removals)
          if (writes === 0) problem(`${labelOf(seen)}: remove sends no request that is a write`)
      }),
  },
  {
    name: 'asks no more once it is aborted',
    check: (stage) =>
      gather(async (problem) => {
        for (const { kind: name, place } of await needed(stage.bench.many, 'many')()) {
          const kind = stage.kindOf(name)
          const controller = new AbortController()
          let after = 0
          const request: Send = async (_, send) => {
            if (controller.signal.aborted) after++
            controller.signal.throwIfAborted()
            const answer = await send(controller.signal)
            controller.abort(new Error('stop'))
            return answer
          }
          const io = stage.io(place ?? stage.placesOf(kind)[0] ?? '', { request, signal: controller.signal })
          const listed = drain(kind.find.all(io)).then(
            () => 'ends as if it were whole',
            () => undefined,
          )
          const over = new AbortController()
          const late = stage.context.sleep(noticeMs, over.signal).catch(() => undefined)
          const wrong = await Promise.race([listed, late.then(() => 'goes on')])
          over.abort()
          if (wrong !== undefined) problem(`${name}: a listing that is aborted after its first page ${wrong}`)
          if (after > 1) problem(`${name}: a listing that is aborted asks ${after} times more`)
        }
      }),
  },
  {
    name: 'sends no request whose signal is aborted',
    check: (stage) =>
      gather(async (problem) => {
        const requests = needed(stage.bench.requests, 'requests')
        const before = await requests()
        for (const kind of stage.kinds) {
          let asked = false
          const request: Send = (_, send) => {
            asked = true
            return send(AbortSignal.abort(new Error('stop')))
          }
          const listed = await drain(kind.find.all(stage.io(stage.placesOf(kind)[0] ?? '', { request }))).then(
            () => true,
            () => false,
          )
          if (asked && listed)
            problem(`${kind.name}: find.all takes no notice of the signal that it gets for its request`)
        }
        const sent = (await requests()) - before
        if (sent > 0) problem(`${sent} requests were sent with a signal that was aborted before`)
      }),
  },
]
