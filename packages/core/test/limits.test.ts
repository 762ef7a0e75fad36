import { describe, expect, it } from 'vitest'
import { createBucket } from '../src/adapter/limits.ts'
import { virtualContext } from '../src/kit/testing/index.ts'

const signal = new AbortController().signal

describe('a bucket', () => {
  it('lets the most urgent of those that wait go first, then who came first', async () => {
    const context = virtualContext({ seed: 1 })
    const bucket = createBucket({ ratePerSecond: 10, burst: 1, concurrency: 10 }, context)
    const order: string[] = []
    const turn = async (name: string, urgency?: number): Promise<void> => {
      const giveBack = await bucket.turn(signal, urgency)
      order.push(`${name} ${context.monotonic()}`)
      giveBack()
    }
    await Promise.all([turn('first'), turn('a', 1), turn('b', 1), turn('c', 9), turn('d')])
    expect(order).toEqual(['first 0', 'c 100', 'a 200', 'b 300', 'd 400'])
  })

  it('never has more in flight than it may, and gives a place back once', async () => {
    const context = virtualContext({ seed: 1 })
    const bucket = createBucket({ ratePerSecond: 1_000, burst: 1_000, concurrency: 2 }, context)
    const first = await bucket.turn(signal)
    await bucket.turn(signal)
    let third = false
    const waiting = bucket.turn(signal).then(() => {
      third = true
    })
    await context.sleep(1_000)
    expect(third).toBe(false)
    first()
    first()
    await waiting
    let fourth = false
    void bucket.turn(signal).then(() => {
      fourth = true
    })
    await context.sleep(1_000)
    expect(fourth).toBe(false)
  })

  it('halves its rate when throttled, and comes back to it', async () => {
    const context = virtualContext({ seed: 1 })
    const bucket = createBucket({ ratePerSecond: 8, burst: 1, concurrency: 9 }, context)
    bucket.throttled()
    expect(bucket.ratePerSecond()).toBe(4)
    for (let call = 0; call < 200; call++) (await bucket.turn(signal))()
    expect(bucket.ratePerSecond()).toBe(8)
    for (let time = 0; time < 20; time++) bucket.throttled()
    expect(bucket.ratePerSecond()).toBe(0.5)
  })

  it('lets who is stopped leave the line, and takes no token for it', async () => {
    const context = virtualContext({ seed: 1 })
    const bucket = createBucket({ ratePerSecond: 1, burst: 1, concurrency: 9 }, context)
    ;(await bucket.turn(signal))()
    const stop = new AbortController()
    const stopped = bucket.turn(stop.signal, 9)
    const other = bucket.turn(signal).then(() => context.monotonic())
    stop.abort(new Error('stopped'))
    await expect(stopped).rejects.toThrow('stopped')
    expect(await other).toBe(1_000)
  })
})
