import { describe, expect, it } from 'vitest'
import type { MemoryCloud } from '../../src/kit/testing/index.ts'
import { exactCloud, mine, tearDown } from './tear-down.ts'

const rate = { ratePerSecond: 20, burst: 1, concurrency: 20 }
const goingMs = 200

/** Boxes that go at once, but may be asked for one after the other only. */
function boxes(count: number, read: boolean): MemoryCloud {
  const cloud = exactCloud({
    providers: [{ name: 'cloud', limits: { api: rate } }],
    kinds: [{ name: 'cloud:box', latency: { typicalMs: 1_000, worstMs: 60_000 }, finds: { read } }],
  })
  for (let index = 0; index < count; index++)
    cloud.world.add({ kind: 'cloud:box', id: `box-${index}`, tags: mine, rules: { goingMs } })
  return cloud
}

/** Reads while removals are under way, and how much longer that took than its calls and the last removal. */
async function cost(cloud: MemoryCloud): Promise<{ reads: number; lostMs: number }> {
  const { report } = await tearDown(cloud)
  expect(report.outcome).toBe('clean')
  const ends = report.removed.map(({ at }) => Date.parse(at) - Date.parse(report.startedAt))
  const tookMs = Math.max(...ends)
  const { journal } = cloud.world
  const begin = journal.find(({ effect }) => effect === 'write')?.atMs ?? 0
  const calls = journal.filter(({ atMs }) => atMs >= begin && atMs < begin + tookMs)
  return {
    reads: calls.filter(({ effect }) => effect === 'read').length,
    lostMs: tookMs - (calls.length / rate.ratePerSecond) * 1_000 - goingMs,
  }
}

describe('many quick removals of one kind', () => {
  it.each([true, false])('are looked at together, on common ticks (can be read by id: %s)', async (read) => {
    const { reads, lostMs } = await cost(boxes(200, read))
    expect(reads).toBeLessThan(200 / 5)
    expect(lostMs).toBeLessThanOrEqual(2_000)
  })
})

describe('a few quick removals', () => {
  it('are each looked at by id when it suits them, and noticed at once', async () => {
    const { reads, lostMs } = await cost(boxes(3, true))
    expect(reads).toBeLessThanOrEqual(6)
    expect(lostMs).toBeLessThanOrEqual(300)
  })
})

describe('those that wait for one kind', () => {
  /** When they are looked at together, in milliseconds since the world began; those that came first could not know of the others. */
  async function looks(count: number): Promise<number[]> {
    const cloud = exactCloud({ kinds: [{ name: 'cloud:box', latency: { typicalMs: 1_000, worstMs: 60_000 } }] })
    for (let index = 0; index < count; index++)
      cloud.world.add({ kind: 'cloud:box', id: `box-${index}`, tags: mine, rules: { goingMs: 15_000 } })
    const { report } = await tearDown(cloud)
    expect(report.outcome).toBe('clean')
    const { journal } = cloud.world
    const asked = journal.findLastIndex(({ effect }) => effect === 'write')
    return journal
      .slice(asked)
      .flatMap(({ call, atMs }) => (call === 'FindBoxs' && atMs > 1_000 && atMs < 15_000 ? [atMs] : []))
  }
  const off = (everyMs: number, all: readonly number[]): number[] => all.filter((atMs) => atMs % everyMs > 40)

  it('look together each half second where they are four, each second where they are eight', async () => {
    const four = await looks(4)
    expect(off(500, four)).toEqual([])
    expect(off(1_000, four).length).toBeGreaterThan(2)
    const eight = await looks(8)
    expect(off(1_000, eight)).toEqual([])
    expect(eight.length).toBeGreaterThan(5)
    expect(eight.length).toBeLessThan(four.length)
  })
})
