import { setImmediate as turn } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

export interface Measured<T> {
  readonly result: T
  /** Of the first call, the compiler as cold as it still is. */
  readonly firstMs: number
  /** Of the quickest of all calls. */
  readonly bestMs: number
  /** What the result holds beyond what was there before. */
  readonly megabytes: number
}

/** Calls `work` so many times; the first result is the one that is kept and weighed. */
export async function measure<T>(times: number, work: () => T | Promise<T>): Promise<Measured<T>> {
  const before = await liveMegabytes()
  const [result, firstMs] = await timed(work)
  const megabytes = Math.max(0, (await liveMegabytes()) - before)
  let bestMs = firstMs
  for (let call = 1; call < times; call++) bestMs = Math.min(bestMs, (await timed(work))[1])
  return { result, firstMs, bestMs, megabytes }
}

async function timed<T>(work: () => T | Promise<T>): Promise<[T, number]> {
  const startedAt = performance.now()
  const result = await work()
  return [result, performance.now() - startedAt]
}

/** Objects and typed arrays that live on. */
export async function liveMegabytes(): Promise<number> {
  await turn()
  collect()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return (heapUsed + arrayBuffers) / 2 ** 20
}
