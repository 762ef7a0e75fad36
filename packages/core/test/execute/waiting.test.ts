import { describe, expect, it } from 'vitest'
import type { Facts } from '../../src/adapter/kind.ts'
import type { MemoryCloud, NewResource } from '../../src/kit/testing/index.ts'
import { aliveIn, exactCloud, failureOf, looksAt, mine, speaking, stepsOf, tearDown, writesOf } from './tear-down.ts'

/** One box; how its removal goes is said by its rules, how long that takes by its kind. */
function box(
  rules: NewResource['rules'],
  kind: { latency?: { typicalMs: number; worstMs: number }; attempts?: number; finds?: { read: boolean } } = {},
): MemoryCloud {
  const cloud = exactCloud({ kinds: [{ name: 'cloud:box', ...kind }] })
  cloud.world.add({ kind: 'cloud:box', id: 'box', tags: mine, ...(rules ? { rules } : {}) })
  return cloud
}

/** What the provider tells of the box from the moment of its removal on, which then has no other effect. */
function telling(tell: (ms: number, facts: Facts) => Partial<Facts>, before: Partial<Facts> = {}): MemoryCloud {
  const cloud = box({}, { latency: { typicalMs: 1_000, worstMs: 60_000 } })
  let askedAt: number | undefined
  return speaking(cloud, 'cloud:box', (kind) => ({
    remove: async () => {
      askedAt ??= cloud.context.monotonic()
    },
    facts: (raw) => {
      const facts = kind.facts(raw)
      return { ...facts, ...(askedAt === undefined ? before : tell(cloud.context.monotonic() - askedAt, facts)) }
    },
  }))
}

describe('a removal that was accepted is looked at', () => {
  it('first after a tenth of its typical time, then ever more seldom, and near its end within five seconds', async () => {
    const cloud = box({ goingMs: 120_000 }, { latency: { typicalMs: 10_000, worstMs: 300_000 } })
    const { report } = await tearDown(cloud)
    expect(report.outcome).toBe('clean')
    const looks = looksAt(cloud, 'box').filter((ms) => ms <= 126_000)
    const pauses = looks.slice(1).map((ms, index) => ms - (looks[index] as number))
    expect(looks[0]).toBeLessThanOrEqual(1_300)
    expect(looks[0]).toBeGreaterThanOrEqual(900)
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(250)
    expect(Math.max(...pauses)).toBeLessThanOrEqual(5_600)
    expect(Math.max(...pauses)).toBeGreaterThanOrEqual(4_400)
    expect(pauses.every((ms, index) => ms + 600 >= (pauses[index - 1] ?? 0))).toBe(true)
    expect(looks.length).toBeLessThan(50)
    expect(report.removed[0]?.tookMs).toBeLessThan(126_000)
  })

  it('after two seconds at the latest, and after a quarter of a second at the earliest', async () => {
    const slow = box({ goingMs: 300_000 }, { latency: { typicalMs: 300_000, worstMs: 900_000 } })
    await tearDown(slow)
    expect(looksAt(slow, 'box')[0]).toBeLessThanOrEqual(2_100)
    expect(looksAt(slow, 'box')[0]).toBeGreaterThanOrEqual(1_900)
    const quick = box({ goingMs: 200 }, { latency: { typicalMs: 100, worstMs: 1_000 } })
    await tearDown(quick)
    expect(looksAt(quick, 'box')[0]).toBeLessThanOrEqual(300)
    expect(looksAt(quick, 'box')[0]).toBeGreaterThanOrEqual(250)
  })

  it('first by the time that the caller says its kind takes, where he says one', async () => {
    for (const [name, firstMs] of [
      ['cloud:box', 500],
      ['cloud:disk', 2_000],
    ] as const) {
      const cloud = box({ goingMs: 60_000 }, { latency: { typicalMs: 100_000, worstMs: 900_000 } })
      await tearDown(cloud, { latency: { [name]: { typicalMs: 5_000, worstMs: 60_000 } } })
      expect(Math.abs((looksAt(cloud, 'box')[0] as number) - firstMs)).toBeLessThanOrEqual(100)
    }
  })

  it('at most each second where that kind takes half a minute, and each fifteen where it takes an hour', async () => {
    const half = box({ goingMs: 5_000 }, { latency: { typicalMs: 30_000, worstMs: 60_000 } })
    await tearDown(half)
    const looks = looksAt(half, 'box')
    expect(Math.min(...looks.slice(1, 4).map((ms, index) => ms - (looks[index] as number)))).toBeGreaterThanOrEqual(950)
    const hour = box({ goingMs: 1_800_000 }, { latency: { typicalMs: 3_600_000, worstMs: 7_200_000 } })
    await tearDown(hour)
    const pauses = looksAt(hour, 'box').map((ms, index, all) => ms - (all[index - 1] ?? 0))
    expect(Math.max(...pauses.slice(0, 200))).toBeLessThanOrEqual(15_500)
    expect(Math.max(...pauses.slice(0, 100))).toBeGreaterThanOrEqual(14_500)
  })
})

describe('gone', () => {
  it('is what a read by id does not find', async () => {
    const { report } = await tearDown(box({ goingMs: 1_000 }))
    expect(report.removed).toMatchObject([{ step: 0, proof: 'not-found' }])
  })

  it('is, where there is no read by id, what two complete listings half a second apart lack', async () => {
    const cloud = box({ goingMs: 1_000 }, { finds: { read: false } })
    const { report } = await tearDown(cloud)
    expect(report.removed).toMatchObject([{ step: 0, proof: 'two-absences' }])
    expect(report.removed[0]?.tookMs).toBeGreaterThanOrEqual(1_500)
  })

  it('is not what one listing lacked and the next one has', async () => {
    const cloud = box({ goingMs: 20_000 }, { finds: { read: false }, latency: { typicalMs: 1_000, worstMs: 60_000 } })
    let lists = 0
    const blinking = speaking(cloud, 'cloud:box', (kind) => ({
      find: {
        async *all(io) {
          const hidden = writesOf(cloud).length > 0 && ++lists % 2 === 1
          for await (const raw of kind.find.all(io)) if (!hidden) yield raw
        },
      },
    }))
    const { report } = await tearDown(blinking)
    expect(report.removed[0]?.tookMs).toBeGreaterThanOrEqual(20_000)
  })

  it("is what the provider's own final state says", async () => {
    const { report } = await tearDown(box({ goingMs: 1_000, tombstoneMs: 3_600_000 }))
    expect(report.removed).toMatchObject([{ proof: 'state' }])
    expect(report.outcome).toBe('clean')
  })

  it('is what another thing has taken the id of', async () => {
    const { report } = await tearDown(telling((ms) => (ms < 3_000 ? { phase: 'going' } : { incarnation: 'another' })))
    expect(report.removed).toMatchObject([{ proof: 'not-found' }])
  })
})

describe('a removal that was accepted and does not come about', () => {
  it('fails with the reasons of the provider, and is not asked for again where nothing is amended', async () => {
    const cloud = box({ goingMs: 2_000, failsTimes: 5 })
    const { report } = await tearDown(cloud, { maxAmendments: 0 })
    expect(failureOf(report, 'box')).toBe(
      'blocked, delete-failed: the removal was accepted and failed: delete-failed (internal failure while deleting)',
    )
    expect(stepsOf(report)).toEqual(['remove box: blocked'])
    expect(writesOf(cloud)).toEqual(['DeleteBox box ok'])
  })

  it('is asked for as often as its kind says', async () => {
    for (const attempts of [1, 2, 3]) {
      const cloud = box({ goingMs: 2_000, failsTimes: 9 }, { attempts })
      const { report } = await tearDown(cloud, { maxAmendments: 9 })
      expect(writesOf(cloud)).toHaveLength(attempts)
      expect(report.outcome).toBe('incomplete')
    }
    const cloud = box({ goingMs: 2_000, failsTimes: 9 }, { attempts: 1 })
    expect((await tearDown(cloud)).report.steps.at(-1)?.failure).toEqual({
      code: 'blocked',
      providerCode: 'delete-failed',
      message: 'the removal was accepted and failed: delete-failed (internal failure while deleting)',
    })
  })

  it('is blocked when the thing falls back to its old state', async () => {
    const cloud = telling((ms) => (ms < 5_000 ? { phase: 'going', state: 'deleting' } : { state: 'available' }))
    const { report } = await tearDown(cloud, { maxAmendments: 0 })
    expect(failureOf(report, 'box')).toBe(
      'blocked, available: the removal was accepted and nothing came of it: available',
    )
  })

  it('is given a minute to begin, then it is blocked; reasons are those that the provider gives', async () => {
    const cloud = telling(() => ({ state: 'available', data: { failed: ['a', 'b'], reason: 'c' } }))
    const began = cloud.context.monotonic()
    const { report } = await tearDown(cloud, { maxAmendments: 0 })
    expect(failureOf(report, 'box')).toBe(
      'blocked, available: the removal was accepted and nothing came of it: available (a; b; c)',
    )
    const [step] = report.steps
    const tookMs = Date.parse(step?.endedAt ?? '') - Date.parse(step?.startedAt ?? '')
    expect(tookMs).toBeGreaterThan(60_000)
    expect(tookMs).toBeLessThan(70_000)
    expect(cloud.context.monotonic() - began).toBeLessThan(200_000)
  })

  it.each([
    [{ typicalMs: 400_000, worstMs: 4_000_000 }, 100_000],
    [{ typicalMs: 1_000, worstMs: 20_000 }, 20_000],
    [{ typicalMs: 1_000, worstMs: 1_200_000 }, 60_000],
  ])('is given its time to begin by what its kind takes: %j', async (latency, patienceMs) => {
    const cloud = box({}, { latency })
    const idle = speaking(cloud, 'cloud:box', () => ({ remove: async () => undefined }))
    const { report } = await tearDown(idle, { maxAmendments: 0 })
    const [step] = report.steps
    expect(step?.result).toBe('blocked')
    const tookMs = Date.parse(step?.endedAt ?? '') - Date.parse(step?.startedAt ?? '')
    expect(tookMs).toBeGreaterThan(patienceMs)
    expect(tookMs).toBeLessThan(patienceMs + 15_000)
  })

  it('has no reasons where the provider gives none that can be read', async () => {
    for (const data of [null, 'because', ['because'], { failed: 'because', reason: 7 }, { reason: '' }]) {
      const { report } = await tearDown(
        telling(() => ({ phase: 'failed', state: 'error', data })),
        { maxAmendments: 0 },
      )
      expect(failureOf(report, 'box')).toBe('blocked, error: the removal was accepted and failed: error')
    }
  })

  it('is not taken for failed because it had failed before and is slow to begin', async () => {
    const old = { phase: 'failed', state: 'delete-failed', since: '2026-01-01T00:00:00Z' } as const
    const slow = telling((ms) => (ms < 8_000 ? old : { phase: 'gone' }), old)
    expect((await tearDown(slow)).report.outcome).not.toBe('blocked')
    const again = telling((ms) => (ms < 5_000 ? { phase: 'going' } : old), old)
    expect((await tearDown(again, { maxAmendments: 0 })).report.steps[0]?.result).toBe('blocked')
    const anew = telling(() => ({ ...old, since: '2026-01-01T01:00:00Z' }), old)
    const { report } = await tearDown(anew, { maxAmendments: 0 })
    expect(Date.parse(report.steps[0]?.endedAt ?? '') - Date.parse(report.steps[0]?.startedAt ?? '')).toBeLessThan(
      5_000,
    )
    const never = telling(() => old, old)
    const waited = (await tearDown(never, { maxAmendments: 0 })).report.steps[0]
    expect(waited?.result).toBe('blocked')
    expect(Date.parse(waited?.endedAt ?? '') - Date.parse(waited?.startedAt ?? '')).toBeGreaterThan(10_000)
  })

  it('is not taken for failed because one look came from an old listing', async () => {
    let looks = 0
    const cloud = telling((ms) => {
      if (ms > 20_000) return { phase: 'gone' }
      return ++looks === 3 ? { phase: 'failed', state: 'old' } : { phase: 'going' }
    })
    expect(stepsOf((await tearDown(cloud)).report)[0]).toBe('remove box: done')
  })

  it('ends as stuck where the provider does not move it', async () => {
    const { report } = await tearDown(box({ goingMs: 2_000, sticks: true }), { maxAmendments: 0 })
    expect(stepsOf(report)).toEqual(['remove box: stuck'])
    expect(failureOf(report, 'box')).toMatch(
      /^conflict, error-deleting: it is error-deleting since 2026-01-01T\S+Z and its provider does not move it$/,
    )
  })

  it('ends when its time is over, and whoever watches has heard of it each quarter of a minute', async () => {
    const cloud = box({ goingMs: 3_600_000 }, { latency: { typicalMs: 10_000, worstMs: 60_000 } })
    const { report, events } = await tearDown(cloud, { stepTimeoutMs: 90_000, maxAmendments: 0 })
    expect(stepsOf(report)).toEqual(['remove box: timed-out'])
    expect(failureOf(report, 'box')).toBe('conflict, deleting: it was still deleting when its time was over')
    const waiting = events.flatMap((event) => (event.type === 'waiting' ? [event] : []))
    expect(waiting.map(({ waitedMs }) => Math.floor(waitedMs / 15_000))).toEqual([1, 2, 3, 4, 5])
    expect(new Set(waiting.map(({ state }) => state))).toEqual(new Set(['deleting']))
    expect(waiting[0]).toMatchObject({ step: 0, key: report.steps[0]?.target })
    expect(looksAt(cloud, 'box').findLast((ms) => ms < 100_000)).toBeLessThan(91_000)
  })

  it.each(['held by what nobody sees', 'a part that outlives its whole'])(
    'takes no longer than the caller says, however slow its kind: %s',
    async (how) => {
      const latency = { typicalMs: 1_000, worstMs: 3_600_000 }
      const { world, ...rest } = exactCloud({ kinds: [{ name: 'cloud:box', latency, blockers: 'unnamed' }] })
      const whole = world.add({ kind: 'cloud:whole', id: 'whole', tags: mine })
      const net = world.add({ kind: 'cloud:net', id: 'net', tags: mine })
      if (how === 'held by what nobody sees') {
        const box = world.add({ kind: 'cloud:box', id: 'box', tags: mine })
        world.add({ kind: 'cloud:spy', id: 'spy', uses: [{ to: box, field: 'of', hidden: true }] })
      } else
        world.add({
          kind: 'cloud:box',
          id: 'box',
          tags: mine,
          partOf: [{ of: whole, field: 'whole' }],
          uses: [{ to: net, field: 'net' }],
          rules: { outlivesMs: 86_400_000 },
        })
      const { report } = await tearDown({ ...rest, world }, { stepTimeoutMs: 60_000, maxAmendments: 0 })
      const step = report.steps.find(({ target }) => target.endsWith('/box'))
      expect(step?.result).not.toBe('done')
      expect(Date.parse(step?.endedAt ?? '') - Date.parse(step?.startedAt ?? '')).toBeLessThan(90_000)
    },
  )

  it('has, where nobody says otherwise, twice the worst time of its kind and at least ten minutes', async () => {
    for (const [worstMs, limitMs] of [
      [60_000, 600_000],
      [900_000, 1_800_000],
    ] as const) {
      const { report } = await tearDown(box({ goingMs: 86_400_000 }, { latency: { typicalMs: 10_000, worstMs } }))
      const [step] = report.steps
      const tookMs = Date.parse(step?.endedAt ?? '') - Date.parse(step?.startedAt ?? '')
      expect(tookMs).toBeGreaterThanOrEqual(limitMs)
      expect(tookMs).toBeLessThan(limitMs + 20_000)
    }
    const cloud = box({ goingMs: 86_400_000 })
    const latency = { 'cloud:box': { typicalMs: 1_000, worstMs: 450_000 } }
    const { report } = await tearDown(cloud, { latency })
    const [step] = report.steps
    expect(Math.round((Date.parse(step?.endedAt ?? '') - Date.parse(step?.startedAt ?? '')) / 100_000)).toBe(9)
  })

  it('ends at once where its state may not be read any more', async () => {
    const cloud = box({ goingMs: 600_000 })
    cloud.world.after(20_000, () => void cloud.world.fail({ what: 'denied', effect: 'read', kind: 'cloud:box' }))
    const { report } = await tearDown(cloud)
    expect(stepsOf(report)).toEqual(['remove box: failed'])
    expect(failureOf(report, 'box')).toMatch(/^denied, AccessDenied: /)
    expect(Date.parse(report.steps[0]?.endedAt ?? '') - Date.parse(report.steps[0]?.startedAt ?? '')).toBeLessThan(
      30_000,
    )
  })

  it('bears reads that fail for a while, and is given up after ten that failed in a row', async () => {
    const cloud = box({ goingMs: 600_000 })
    cloud.world.after(10_000, ({ fail }) => void fail({ what: 'error', effect: 'read', kind: 'cloud:box', times: 30 }))
    expect((await tearDown(cloud)).report.outcome).toBe('clean')
    const dark = box({ goingMs: 600_000 })
    dark.world.after(10_000, ({ fail }) => void fail({ what: 'error', effect: 'read', kind: 'cloud:box' }))
    const { report } = await tearDown(dark, { maxAmendments: 0 })
    expect(stepsOf(report)).toEqual(['remove box: failed'])
    expect(failureOf(report, 'box')).toMatch(/^transient, InternalError/)
    expect(aliveIn(dark)).toEqual(['box'])
  })
})
