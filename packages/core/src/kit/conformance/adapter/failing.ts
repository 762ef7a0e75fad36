import type { Request } from '../../../adapter/kind.ts'
import type { Failure, FailureCode } from '../../../model/failure.ts'
import { gather } from '../case.ts'
import type { SampleRefusal } from './harness.ts'
import { drain, type Send, type Stage } from './stage.ts'
import type { AdapterCase } from './suite.ts'

const codes: Readonly<Record<FailureCode, true>> = {
  gone: true,
  blocked: true,
  conflict: true,
  throttled: true,
  transient: true,
  protected: true,
  denied: true,
  unauthenticated: true,
  unsupported: true,
  invalid: true,
  unknown: true,
}
/** A listing is broken at each of its first requests. */
const brokenRequests = 4

/** What the provider says no with. */
export const failing: readonly AdapterCase[] = [
  {
    name: 'names each refusal of its provider',
    check: ({ bench, session }) =>
      gather(async (problem) => {
        if (bench.refusals.length === 0) problem('bench.refusals is empty')
        else if (!bench.refusals.some(({ code }) => code === 'unknown'))
          problem('bench.refusals has no unknown: give one of which the table has no row')
        for (const { error, kind, call, code, retryAfterMs } of bench.refusals) {
          const failure = session.failure(error, { kind, call })
          for (const what of wrongIn(failure)) problem(`${String(error)}: ${what}`)
          if (retryAfterMs !== undefined && failure.retryAfterMs !== retryAfterMs)
            problem(
              `${String(error)}: retryAfterMs is ${failure.retryAfterMs}, and the provider says ${retryAfterMs} ms`,
            )
          if (failure.code !== code)
            problem(`${String(error)} of ${kind} ${call} is named ${failure.code}, not ${code}`)
        }
      }),
  },
  {
    name: 'names junk without throwing',
    check: ({ session }) =>
      gather(async (problem) => {
        for (const [what, error] of junk())
          for (const during of [
            { kind: session.kinds[0]?.name ?? 'none:none', call: 'remove' },
            { kind: '__proto__:constructor', call: '__proto__' },
          ] as const)
            try {
              const failure = session.failure(error, during)
              for (const wrong of wrongIn(failure)) problem(`${what}: ${wrong}`)
              if (failure.code !== 'unknown' && !(failure.code === 'transient' && isAbort(error)))
                problem(`${what} is named ${failure.code}: nobody knows that; say unknown`)
            } catch (thrown) {
              problem(`failure throws for ${what}: ${String(thrown)}`)
            }
      }),
  },
  {
    name: 'lets a listing that was refused fail: it never looks empty or short',
    check: (stage) =>
      gather(async (problem) => {
        for (const refusal of chosen(stage.bench.refusals, problem))
          for (const kind of stage.kinds)
            for (const place of stage.placesOf(kind))
              for (let nth = 1; nth <= brokenRequests; nth++) {
                const { broken, error } = await outcome(stage, refusal, nth, (request) =>
                  drain(kind.find.all(stage.io(place, { request }))),
                )
                if (!broken) break // it sends fewer
                if (error === undefined)
                  problem(`${kind.name}: find.all swallows ${refusal.code} at its request ${nth} and gives what it has`)
                else if (stage.failureOf(error, kind.name, 'find').code !== refusal.code)
                  problem(
                    `${kind.name}: find.all makes another error of ${refusal.code}: ${String(error)}; let it through as it is`,
                  )
              }
      }),
  },
  {
    name: 'lets labels that were refused fail: what has a mark never looks unmarked',
    check: (stage) =>
      gather(async (problem) => {
        const labelled = (await stage.samples()).filter(({ kind }) => kind.labels)
        if (!stage.kinds.some((kind) => kind.labels)) problem('no kind has labels: skip this case with that reason')
        for (const refusal of chosen(stage.bench.refusals, problem))
          for (const { kind, place, raw } of labelled) {
            const { broken, error } = await outcome(
              stage,
              refusal,
              1,
              async (request) => await kind.labels?.(stage.io(place, { request }), [raw]),
            )
            if (broken && error === undefined) problem(`${kind.name}: labels swallows ${refusal.code}`)
          }
      }),
  },
  {
    name: 'lets a read that was refused fail: it never looks absent',
    check: (stage) =>
      gather(async (problem) => {
        for (const refusal of chosen(stage.bench.refusals, problem))
          for (const sample of stage.bench.samples) {
            const kind = stage.kindOf(sample.kind)
            if (kind.read === undefined) continue
            const place = stage.placeOf(sample)
            const { broken, error } = await outcome(
              stage,
              refusal,
              1,
              async (request) => await kind.read?.(stage.io(place, { request }), sample.id),
            )
            if (broken && error === undefined) problem(`${kind.name}: read swallows ${refusal.code}`)
          }
      }),
  },
]

/** One row for each code that must never be taken for an answer. */
function chosen(refusals: readonly SampleRefusal[], problem: (text: string) => void): SampleRefusal[] {
  const rows = (['denied', 'throttled', 'transient'] as const).flatMap(
    (code) => refusals.find((one) => one.code === code) ?? [],
  )
  if (!rows.some(({ code }) => code === 'denied')) problem('bench.refusals has no denied')
  if (!rows.some(({ code }) => code !== 'denied')) problem('bench.refusals has neither transient nor throttled')
  return rows
}

/** `work` with its nth request refused before it is sent. */
async function outcome(
  stage: Stage,
  refusal: SampleRefusal,
  nth: number,
  work: (request: Send) => Promise<unknown>,
): Promise<{ readonly broken: boolean; readonly error: unknown }> {
  let count = 0
  const request: Send = async (what: Request, send) => {
    count++
    if (count === nth) throw refusal.error
    stage.sent.push(what)
    return await send(new AbortController().signal)
  }
  const error: unknown = await work(request).then(
    () => undefined,
    (thrown: unknown) => thrown ?? 'nothing',
  )
  return { broken: count >= nth, error }
}

function wrongIn(failure: Failure): string[] {
  if (typeof failure !== 'object' || failure === null) return [`failure gives ${String(failure)}`]
  const wrong: string[] = []
  if (!Object.hasOwn(codes, failure.code)) wrong.push(`the code is ${String(failure.code)}`)
  if (typeof failure.message !== 'string') wrong.push('the message is no text')
  if (typeof failure.providerCode !== 'string') wrong.push('the providerCode is no text')
  if (failure.retryAfterMs !== undefined && !(failure.retryAfterMs >= 0 && failure.retryAfterMs < Infinity))
    wrong.push(`retryAfterMs is ${failure.retryAfterMs}`)
  return wrong
}

/** Whether anything had an effect is not known then. */
const isAbort = (error: unknown): boolean => error instanceof DOMException && error.name === 'AbortError'

function junk(): [string, unknown][] {
  const cyclic = new Error('around and around')
  cyclic.cause = cyclic
  return [
    ['undefined', undefined],
    ['null', null],
    ['a number', 7],
    ['a text', 'no'],
    ['a symbol', Symbol('no')],
    ['a function', () => 'no'],
    ['an empty object', {}],
    ['an object without prototype', Object.create(null)],
    ['an object of odd fields', { name: 7, message: null, code: {}, status: 'x', response: null, cause: undefined }],
    ['an error without words', new Error('')],
    ['an error with itself as cause', cyclic],
    ['an empty AggregateError', new AggregateError([])],
    ['an error of the abort', new DOMException('aborted', 'AbortError')],
    ['a frozen error', Object.freeze(new TypeError('x is not a function'))],
    ['a list', []],
  ]
}
