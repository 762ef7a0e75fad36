import { describe, expect, it } from 'vitest'
import { measure } from '../../src/execute/timing.ts'
import type { Report, ResourceKey, StepResult } from '../../src/index.ts'
import type { MemoryCloud } from '../../src/kit/testing/index.ts'
import { planOf } from '../plan/planned.ts'
import { aliveIn, exactCloud, idOf, mine, speaking, stepsOf, tearDown, writesOf } from './tear-down.ts'

/** A chain a → b → c: each uses the next one, and takes so many seconds to go. */
function chain(...seconds: readonly number[]): MemoryCloud {
  const cloud = exactCloud()
  let next: ReturnType<MemoryCloud['world']['add']> | undefined
  for (const [index, each] of [...seconds.entries()].reverse())
    next = cloud.world.add({
      kind: 'cloud:box',
      id: 'abcdefgh'.charAt(index),
      tags: mine,
      rules: { goingMs: each * 1_000 },
      ...(next ? { uses: [{ to: next, field: 'next' }] } : {}),
    })
  return cloud
}

const msOf = (iso: string | undefined): number => Date.parse(iso ?? '')

it('removals with the same word do not overlap where they are of parts that outlived their whole either', async () => {
  const cloud = exactCloud({
    kinds: [{ name: 'cloud:profile', oneAtATime: 'cluster', latency: { typicalMs: 1_000, worstMs: 20_000 } }],
  })
  const net = cloud.world.add({ kind: 'cloud:net', id: 'net', tags: mine })
  const cluster = cloud.world.add({ kind: 'cloud:cluster', id: 'cluster', tags: { cluster: 'ci-2' } })
  const whole = cloud.world.add({ kind: 'cloud:whole', id: 'whole', tags: mine })
  let goes = false
  for (const id of ['a', 'b'])
    cloud.world.add({
      kind: 'cloud:profile',
      id,
      tags: mine,
      partOf: [{ of: whole, field: 'whole' }],
      uses: [
        { to: cluster, field: 'cluster' },
        { to: net, field: 'net' },
      ],
      rules: { goingMs: 30_000 },
    })
  const { report } = await tearDown(
    speaking(cloud, 'cloud:whole', (kind) => ({
      async remove() {
        goes = true
      },
      read: async (io, id) => (goes ? undefined : kind.read?.(io, id)),
    })),
    { maxAmendments: 0 },
  )
  expect(stepsOf(report)).toContain('remove net: done')
  expect(writesOf(cloud)).toEqual(['DeleteProfile a ok', 'DeleteProfile b ok', 'DeleteNet net ok'])
})

describe('steps', () => {
  it('start as soon as what they need is gone, and not before', async () => {
    const cloud = chain(10, 20, 30)
    cloud.world.add({ kind: 'cloud:disk', id: 'disk', tags: mine })
    const { report, plan } = await tearDown(cloud)
    expect(stepsOf(report)).toEqual(['remove disk: done', 'remove a: done', 'remove b: done', 'remove c: done'])
    const [disk, a, b, c] = report.steps
    expect(msOf(disk?.startedAt)).toBe(msOf(a?.startedAt))
    expect(msOf(b?.startedAt)).toBe(msOf(a?.endedAt))
    expect(msOf(c?.startedAt)).toBe(msOf(b?.endedAt))
    expect(report.steps.map(({ plan: id }) => id)).toEqual([plan.id, plan.id, plan.id, plan.id])
    expect(report.steps.map(({ calls }) => calls)).toEqual([1, 1, 1, 1])
    expect(report.steps.map(({ target }) => target)).toEqual(report.steps.map(({ step }) => plan.steps[step]?.target))
  })

  it('wait for all that they need, not for the first', async () => {
    const cloud = exactCloud()
    const net = cloud.world.add({ kind: 'cloud:net', id: 'net', tags: mine })
    for (const [id, goingMs] of [
      ['quick', 1_000],
      ['slow', 60_000],
    ] as const)
      cloud.world.add({ kind: 'cloud:box', id, tags: mine, uses: [{ to: net, field: 'net' }], rules: { goingMs } })
    expect(stepsOf((await tearDown(cloud)).report)).toEqual([
      'remove quick: done',
      'remove slow: done',
      'remove net: done',
    ])
    expect(cloud.world.refusals()).toEqual([])
  })

  it('on the longest way start first', async () => {
    const cloud = exactCloud({
      kinds: [
        { name: 'cloud:slow', latency: { typicalMs: 600_000, worstMs: 6_000_000 } },
        { name: 'cloud:quick', latency: { typicalMs: 1_000, worstMs: 60_000 } },
      ],
    })
    for (const id of ['q-1', 'q-2']) cloud.world.add({ kind: 'cloud:quick', id, tags: mine })
    const end = cloud.world.add({ kind: 'cloud:slow', id: 'end', tags: mine })
    cloud.world.add({ kind: 'cloud:quick', id: 'q-0', tags: mine, uses: [{ to: end, field: 'end' }] })
    const { events } = await tearDown(cloud)
    expect(events.flatMap((one) => (one.type === 'step-started' ? [idOf(one.key)] : []))).toEqual([
      'q-0',
      'q-1',
      'q-2',
      'end',
    ])
  })

  it('behind one that does not come about are left out, the others go on', async () => {
    const cloud = chain(1, 1, 1, 1)
    for (const id of ['disk', 'other']) cloud.world.add({ kind: 'cloud:disk', id, tags: mine })
    cloud.world.fail({ what: 'denied', effect: 'write', id: 'b' })
    const { report, plan } = await tearDown(cloud)
    expect(stepsOf(report).sort()).toEqual([
      'remove a: done',
      'remove b: failed',
      'remove c: skipped',
      'remove d: skipped',
      'remove disk: done',
      'remove other: done',
    ])
    const skipped = report.steps.find(({ target }) => idOf(target) === 'c')
    expect(skipped).toEqual({
      plan: plan.id,
      step: plan.steps.findIndex(({ target }) => idOf(target) === 'c'),
      action: 'remove',
      target: skipped?.target,
      result: 'skipped',
      calls: 0,
    })
    expect(writesOf(cloud).map((one) => one.split(' ')[1])).not.toContain('c')
  })

  it('with one word never overlap', async () => {
    const cloud = exactCloud({ kinds: [{ name: 'cloud:profile', oneAtATime: 'cluster' }] })
    for (const name of ['one', 'two']) {
      const cluster = cloud.world.add({ kind: 'cloud:cluster', id: name, tags: mine })
      for (const id of ['a', 'b', 'c'])
        cloud.world.add({
          kind: 'cloud:profile',
          id: `${name}-${id}`,
          tags: mine,
          uses: [{ to: cluster, field: 'cluster' }],
          rules: { goingMs: 100_000 },
        })
    }
    cloud.world.fail({ what: 'denied', effect: 'write', call: 'DeleteProfile', id: 'one-b' })
    const { report } = await tearDown(cloud)
    expect(cloud.world.refusals()).toEqual([])
    expect(aliveIn(cloud)).toEqual(['one', 'one-b'])
    const took = Date.parse(report.endedAt) - Date.parse(report.startedAt)
    expect(took).toBeGreaterThanOrEqual(300_000)
    expect(took).toBeLessThan(420_000)
  })

  it('are told as they start, are asked and are gone, with how many are left', async () => {
    const { events, plan } = await tearDown(chain(10, 20))
    const keyOf = (id: string): string | undefined => plan.steps.find(({ target }) => idOf(target) === id)?.target
    expect(events.filter(({ type }) => /step|gone/.test(type))).toMatchObject([
      { type: 'step-started', step: 0, action: 'remove', key: keyOf('a') },
      { type: 'step-asked', step: 0, action: 'remove', key: keyOf('a') },
      { type: 'gone', step: 0, key: keyOf('a'), left: 1 },
      { type: 'step-started', step: 1, key: keyOf('b') },
      { type: 'step-asked', step: 1 },
      { type: 'gone', step: 1, left: 0 },
    ])
    const gone = events.flatMap((one) => (one.type === 'gone' ? [one.tookMs] : []))
    expect(gone[0]).toBeGreaterThanOrEqual(10_000)
    expect(gone[1]).toBeGreaterThanOrEqual(20_000)
    expect(gone[1]).toBeLessThan(26_000)
    expect(events.at(-1)).toMatchObject({ type: 'ended', outcome: 'clean' })
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + (events[0]?.seq ?? 0)))
  })
})

describe('what did not move in time', () => {
  const told = ({ findings }: Report): string[] =>
    findings.flatMap(({ code, message }) => (code === 'no-progress' ? [message] : []))

  it('is told with the steps that waited for it, directly and through others, in their order', async () => {
    const cloud = chain(86_400, 1, 1)
    cloud.world.add({ kind: 'cloud:disk', id: 'disk', tags: mine })
    const { report } = await tearDown(cloud, { stepTimeoutMs: 60_000, maxAmendments: 0 })
    expect(told(report)).toEqual([
      'cloud:box a: it was still deleting when its time was over; 2 steps wait for it: cloud:box b, cloud:box c',
    ])
    const finding = report.findings.find(({ code }) => code === 'no-progress')
    expect(finding?.severity).toBe('warning')
    expect(finding?.keys.map(idOf)).toEqual(['a', 'b', 'c'])
  })

  it('is told alone where nothing waits for it, also when it is stuck', async () => {
    const cloud = exactCloud()
    cloud.world.add({ kind: 'cloud:box', id: 'box', tags: mine, rules: { sticks: true } })
    const { report } = await tearDown(cloud, { maxAmendments: 0 })
    expect(told(report)).toEqual([
      expect.stringMatching(/^cloud:box box: it is error-deleting since .*; nothing waits for it$/),
    ])
  })

  it('names six that wait, and counts the rest', async () => {
    const { report } = await tearDown(chain(86_400, 1, 1, 1, 1, 1, 1, 1), { stepTimeoutMs: 60_000, maxAmendments: 0 })
    expect(told(report)[0]).toMatch(/; 7 steps wait for it: (cloud:box [b-g], ){6}…$/)
    const { report: six } = await tearDown(chain(86_400, 1, 1, 1, 1, 1, 1), { stepTimeoutMs: 60_000, maxAmendments: 0 })
    expect(told(six)[0]).toMatch(/; 6 steps wait for it: (cloud:box [b-g](, |$)){6}$/)
  })

  it('is told of what was being waited for when the run was stopped, and of nothing that had not begun', async () => {
    const cloud = chain(86_400, 1)
    const stopping = new AbortController()
    cloud.world.after(60_000, () => stopping.abort())
    const { report } = await tearDown(cloud, { signal: stopping.signal })
    expect(told(report)).toEqual([
      'cloud:box a: it was being waited for when the run ended; 1 steps wait for it: cloud:box b',
    ])
    expect(stepsOf(report)).toEqual(['remove a: aborted', 'remove b: skipped'])
    expect(report.outcome).toBe('interrupted')
  })

  it('is not told of what failed or was blocked', async () => {
    const cloud = chain(1, 1)
    cloud.world.fail({ what: 'denied', effect: 'write', id: 'a' })
    expect(told((await tearDown(cloud)).report)).toEqual([])
    expect(told((await tearDown(chain(1, 1))).report)).toEqual([])
  })
})

describe('the timing of a run', () => {
  it('is that of its first plan: a step of another plan may have the same number', () => {
    const plan = planOf([{ id: 'net' }, { id: 'box', uses: ['net'] }])
    const ended = (planId: string, step: number, seconds: number): StepResult => ({
      plan: planId,
      step,
      action: 'remove',
      target: plan.steps[step]?.target as ResourceKey,
      result: 'done',
      startedAt: '2026-01-01T00:00:00.000Z',
      endedAt: `2026-01-01T00:00:${seconds}.000Z`,
      calls: 1,
    })
    const results = [ended(plan.id, 0, 10), ended(plan.id, 1, 20), ended('another', 0, 59), ended('another', 1, 59)]
    expect(measure(plan, results, 31_500, {})).toEqual({
      makespanMs: 31_500,
      lowerBoundMs: 30_000,
      ratio: 1.05,
      limitedBy: 'critical-path',
      longest: { key: plan.steps[1]?.target, waitedMs: 20_000 },
      phases: {},
    })
    expect(measure(plan, results, 31_501, {}).limitedBy).toBe('polling')
  })

  it('is its makespan beside the longest way through the durations that were seen', async () => {
    const cloud = chain(100, 200)
    cloud.world.add({ kind: 'cloud:disk', id: 'disk', tags: mine, rules: { goingMs: 50_000 } })
    await cloud.context.sleep(1_000_000)
    const { report } = await tearDown(cloud)
    const { timing } = report
    const took = new Map(
      report.steps.map(({ target, startedAt, endedAt }) => [idOf(target), msOf(endedAt) - msOf(startedAt)]),
    )
    expect(timing?.lowerBoundMs).toBe((took.get('a') ?? 0) + (took.get('b') ?? 0))
    expect(timing?.lowerBoundMs).toBeGreaterThanOrEqual(300_000)
    expect(timing?.makespanMs).toBeGreaterThanOrEqual(timing?.lowerBoundMs ?? 0)
    expect(timing?.ratio).toBe((timing?.makespanMs ?? 0) / (timing?.lowerBoundMs ?? 1))
    expect(timing?.limitedBy).toBe('critical-path')
    expect(timing?.longest).toEqual({
      key: report.steps.find(({ target }) => idOf(target) === 'b')?.target,
      waitedMs: took.get('b'),
    })
    expect(timing?.phases?.['execute']).toBe(timing?.makespanMs)
    expect(timing?.phases?.['verify']).toBeGreaterThanOrEqual(30_000)
    expect(timing?.phases?.['verify']).toBeLessThan(40_000)
  })

  it('of a run without steps has nothing to wait for', async () => {
    const { report } = await tearDown(exactCloud())
    expect(report.timing).toMatchObject({ lowerBoundMs: 0, ratio: 1, limitedBy: 'critical-path' })
    expect(report.timing).not.toHaveProperty('longest')
  })

  it('says polling where the time was lost between the steps', async () => {
    const cloud = exactCloud()
    cloud.world.add({ kind: 'cloud:box', id: 'box', tags: mine, rules: { goingMs: 1_000, failsTimes: 1 } })
    const { report } = await tearDown(cloud)
    expect(report.timing?.limitedBy).toBe('polling')
    expect(report.timing?.ratio).toBeGreaterThan(1.05)
  })
})
