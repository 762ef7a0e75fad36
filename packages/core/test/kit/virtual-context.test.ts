import { open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { virtualContext } from '../../src/kit/testing/index.ts'

describe('virtual context', () => {
  test('a sleep of a week costs no time', async () => {
    const context = virtualContext({ seed: 1 })
    const before = performance.now()
    await context.sleep(7 * 24 * 3_600_000)
    expect(context.elapsedMs()).toBe(7 * 24 * 3_600_000)
    expect(performance.now() - before).toBeLessThan(10_000)
  })

  test('wakes sleepers by time, and those of one moment in the order in which they fell asleep', async () => {
    const context = virtualContext({ seed: 1 })
    const woken: string[] = []
    const nap = async (name: string, ms: number): Promise<void> => {
      await context.sleep(ms)
      woken.push(`${name} at ${context.monotonic()}`)
    }
    await Promise.all([nap('c', 30), nap('a', 10), nap('b', 10), nap('never late', -5)])
    expect(woken).toEqual(['never late at 0', 'a at 10', 'b at 10', 'c at 30'])
  })

  test('time stands still while anything can run', async () => {
    const context = virtualContext({ seed: 1 })
    const sleeping = context.sleep(1)
    for (let turn = 0; turn < 1_000; turn++) await Promise.resolve()
    expect(context.elapsedMs()).toBe(0)
    await sleeping
    expect(context.elapsedMs()).toBe(1)
  })

  test('ten thousand waits of five sleeps run in well under a second each way', async () => {
    const run = async (): Promise<readonly number[]> => {
      const context = virtualContext({ seed: 'many' })
      const ends: number[] = []
      await Promise.all(
        Array.from({ length: 10_000 }, async () => {
          for (let sleep = 0; sleep < 5; sleep++) await context.sleep(Math.floor(context.random() * 600) * 1_000)
          ends.push(context.monotonic())
        }),
      )
      return ends
    }
    const before = performance.now()
    const first = await run()
    expect(performance.now() - before).toBeLessThan(30_000)
    expect(await run()).toEqual(first)
  })

  test('an aborted sleep rejects with the reason and leaves nothing behind', async () => {
    const context = virtualContext({ seed: 1 })
    const stop = new AbortController()
    const sleeping = context.sleep(1_000, stop.signal)
    expect(context.waiting()).toBe(1)
    stop.abort(new Error('enough'))
    await expect(sleeping).rejects.toThrow('enough')
    await expect(context.sleep(1, stop.signal)).rejects.toThrow('enough')
    expect(context.waiting()).toBe(0)
    await context.sleep(5)
    expect(context.elapsedMs()).toBe(5)
  })

  test('file operations hold the clock', async () => {
    const context = virtualContext({ seed: 1 })
    const path = join(tmpdir(), `virtual-context-${process.pid}`)
    const file = await open(path, 'w')
    const write = async (): Promise<number> => {
      for (let line = 0; line < 20; line++) {
        await file.write('line\n')
        await file.datasync()
      }
      return context.elapsedMs()
    }
    const [writtenAt] = await Promise.all([write(), context.sleep(1)])
    await file.close()
    await rm(path)
    expect(writtenAt).toBe(0)
  })

  test('outside work holds the clock when it says so', async () => {
    const context = virtualContext({ seed: 1 })
    let heldAt = -1
    const outside = new Promise<void>((resolve) => {
      let turns = 0
      const turn = (): void => void (++turns < 50 ? setImmediate(turn) : resolve())
      setImmediate(turn)
    })
    const held = context.holding(outside).then(() => {
      heldAt = context.elapsedMs()
    })
    await Promise.all([held, context.sleep(1)])
    expect(heldAt).toBe(0)
  })

  test('where only promises run beside sleeps, the order is the same', async () => {
    const run = async (outside: boolean): Promise<readonly string[]> => {
      const context = virtualContext({ seed: 'order', outside })
      const seen: string[] = []
      await Promise.all(
        Array.from({ length: 50 }, async (_, index) => {
          for (let step = 0; step < 4; step++) {
            await context.sleep(context.random() * 100)
            for (let turn = 0; turn < 10; turn++) await Promise.resolve()
            seen.push(`${index} at ${context.monotonic()}`)
          }
        }),
      )
      return seen
    }
    expect(await run(false)).toEqual(await run(true))
  })

  test('the wall clock may jump, the monotonic one does not', async () => {
    const context = virtualContext({ seed: 1, startAt: 1_000_000 })
    await context.sleep(10)
    context.shiftWallClock(-500_000)
    expect(context.now()).toBe(500_010)
    expect(context.monotonic()).toBe(10)
  })

  test('who waits past the end of virtual time waits for ever, and hears so', async () => {
    const context = virtualContext({ seed: 1, lastsMs: 10_000 })
    await context.sleep(9_999)
    await expect(context.sleep(2)).rejects.toThrow('waits for ever')
    await expect(context.sleep(Number.NaN)).rejects.toThrow('waits for ever')
  })

  test('the same seed draws the same numbers, another seed others', () => {
    const draw = (seed: number | string): number[] => {
      const context = virtualContext({ seed })
      return Array.from({ length: 5 }, () => context.random())
    }
    expect(draw(7)).toEqual(draw(7))
    expect(draw(7)).not.toEqual(draw(8))
    for (const drawn of draw('x')) expect(drawn >= 0 && drawn < 1).toBe(true)
  })
})
