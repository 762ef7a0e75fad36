// A teardown as jobs with the durations that the world really took, and what other ways of scheduling would need for them. Everybody gets the same
// jobs, rates and call times; the others hear at once when something is gone, and none of them pays for a read.
import type { Limit } from '@cleardown/core'

export interface Job {
  /** Indexes of jobs that must have ended before; always smaller ones. */
  readonly needs: readonly number[]
  /** From the moment the call takes effect to the moment it is gone. */
  readonly latencyMs: number
  /** Which bucket its call draws from; undefined: nothing is called (a part that follows its whole). */
  readonly service: string | undefined
  /** What the planner expects it to take. */
  readonly estimateMs: number
}

export interface Model {
  readonly jobs: readonly Job[]
  readonly limits: Readonly<Record<string, Limit>>
  readonly callMs: number
}

/** From start to known as gone, when nobody is in the way: there and back. */
const lasts = ({ callMs }: Model, { latencyMs, service }: Job): number =>
  latencyMs + (service === undefined ? callMs / 2 : callMs)

/**
 * No schedule is shorter: the longest path with the true durations; for each service the calls that its bucket lets through, after the earliest moment
 * at which they can start and before the least that follows the last of them.
 */
export function lowerBoundMs(model: Model): number {
  const { jobs, limits } = model
  const heads = jobs.map(() => 0)
  const tails = jobs.map((job) => lasts(model, job))
  jobs.forEach((job, index) => {
    for (const need of job.needs)
      heads[index] = Math.max(heads[index] as number, (heads[need] as number) + lasts(model, jobs[need] as Job))
  })
  for (let index = jobs.length - 1; index >= 0; index--)
    for (const need of (jobs[index] as Job).needs)
      tails[need] = Math.max(tails[need] as number, lasts(model, jobs[need] as Job) + (tails[index] as number))
  let bound = Math.max(...jobs.map((_, index) => (heads[index] as number) + (tails[index] as number)))
  for (const service of new Set(jobs.map((job) => job.service))) {
    const limit = service === undefined ? undefined : limits[service]
    if (!limit) continue
    const own = jobs.flatMap((job, index) =>
      job.service === service ? [{ head: heads[index] as number, tail: tails[index] as number }] : [],
    )
    for (const head of quantiles(own.map((one) => one.head))) {
      const tailsBehind = own.flatMap((one) => (one.head >= head ? [one.tail] : [])).sort((a, b) => b - a)
      tailsBehind.forEach((tail, index) => {
        const wait = Math.max(0, (index + 1 - limit.burst) / limit.ratePerSecond) * 1_000
        bound = Math.max(bound, head + wait + tail)
      })
    }
  }
  return bound
}

/** So many thresholds find the binding set closely enough; any set gives a valid bound. */
const thresholds = 40

function quantiles(all: readonly number[]): number[] {
  const sorted = [...all].sort((a, b) => a - b)
  return Array.from({ length: thresholds }, (_, step) => sorted[Math.floor((step * sorted.length) / thresholds)] ?? 0)
}

/** One after the other, each waited for. */
export const serialMs = (model: Model): number => model.jobs.reduce((sum, job) => sum + lasts(model, job), 0)

/** Started when ready, but never more than `slots` at once, and a wait holds its slot: Terraform's way (its `-parallelism` is 10). */
export const cappedMs = (model: Model, slots: number): number => walk(model, { slots, layers: false })

/** All of one depth, and only when they are gone the next: Pulumi's way. Same rates as ours, no cap. */
export const layeredMs = (model: Model): number => walk(model, { slots: Infinity, layers: true })

function walk(model: Model, { slots, layers }: { slots: number; layers: boolean }): number {
  const { jobs, limits, callMs } = model
  const buckets = new Map<string, { tokens: number; at: number }>()
  /** When the call can leave at the earliest; the token is taken. */
  const turn = (service: string | undefined, now: number): number => {
    const limit = service === undefined ? undefined : limits[service]
    if (!limit || service === undefined) return now
    const bucket = buckets.get(service) ?? { tokens: limit.burst, at: 0 }
    buckets.set(service, bucket)
    const perMs = limit.ratePerSecond / 1_000
    bucket.tokens = Math.min(limit.burst, bucket.tokens + Math.max(0, now - bucket.at) * perMs) - 1
    bucket.at = Math.max(bucket.at, now)
    return bucket.tokens >= 0 ? now : now - bucket.tokens / perMs
  }
  const depth = jobs.map(() => 0)
  jobs.forEach((job, index) => {
    for (const need of job.needs) depth[index] = Math.max(depth[index] as number, (depth[need] as number) + 1)
  })
  const left = jobs.map(({ needs }) => needs.length)
  const dependents: number[][] = jobs.map(() => [])
  jobs.forEach(({ needs }, index) => {
    for (const need of needs) dependents[need]?.push(index)
  })
  const running: { readonly index: number; readonly endsAt: number }[] = [] // a heap would be faster, and longer to read
  let ready = jobs.flatMap(({ needs }, index) => (needs.length === 0 ? [index] : []))
  let layer = 0
  let now = 0
  for (;;) {
    if (layers && running.length === 0 && ready.length > 0)
      layer = Math.min(...ready.map((index) => depth[index] as number))
    const startable = layers ? ready.filter((index) => depth[index] === layer) : ready
    const started = startable.slice(0, slots - running.length)
    if (started.length > 0) {
      const chosen = new Set(started)
      ready = ready.filter((index) => !chosen.has(index))
      for (const index of started) {
        const { service, latencyMs } = jobs[index] as Job
        const endsAt = turn(service, now) + latencyMs + (service === undefined ? callMs / 2 : callMs)
        insert(running, { index, endsAt })
      }
    }
    const next = running.pop()
    if (!next) return now
    now = next.endsAt
    for (const dependent of dependents[next.index] ?? []) {
      left[dependent] = (left[dependent] as number) - 1
      if (left[dependent] === 0) ready.push(dependent)
    }
  }
}

/** Keeps the one that ends first at the end. */
function insert<T extends { readonly endsAt: number }>(sorted: T[], one: T): void {
  let [from, to] = [0, sorted.length]
  while (from < to) {
    const middle = (from + to) >> 1
    if ((sorted[middle] as T).endsAt > one.endsAt) from = middle + 1
    else to = middle
  }
  sorted.splice(from, 0, one)
}
