import { describe, expect, it } from 'vitest'
import type { Facts } from '../../src/adapter/kind.ts'
import { type MemoryCloud, memoryCloud, type NewResource } from '../../src/kit/testing/index.ts'
import type { Evidence } from '../../src/model/ownership.ts'
import { aliveIn, exactCloud, failureOf, mine, speaking, stepsOf, tearDown, writesOf } from './tear-down.ts'

function box(more: Partial<NewResource> = {}): MemoryCloud & { it: ReturnType<MemoryCloud['world']['add']> } {
  const cloud = exactCloud({ kinds: [{ name: 'cloud:box', latency: { typicalMs: 1_000, worstMs: 60_000 } }] })
  return { ...cloud, it: cloud.world.add({ kind: 'cloud:box', id: 'box', tags: mine, ...more }) }
}

const said = (says: Evidence['says'], strength: Evidence['strength'], value: string): Evidence => ({
  rule: 'note',
  says,
  strength,
  field: 'owner',
  value,
})

const tookMs = ({ steps }: { steps: readonly { startedAt?: string; endedAt?: string }[] }): number =>
  Date.parse(steps[0]?.endedAt ?? '') - Date.parse(steps[0]?.startedAt ?? '')

/** What the adapter says of the box differs from the time of the plan on. */
function saying(
  cloud: MemoryCloud,
  now: (facts: Facts) => Partial<Facts>,
): { cloud: MemoryCloud; meanwhile: () => void } {
  let planned = false
  const changed = speaking(cloud, 'cloud:box', (kind) => ({
    facts: (raw) => {
      const facts = kind.facts(raw)
      return planned ? { ...facts, ...now(facts) } : facts
    },
  }))
  return {
    cloud: changed,
    meanwhile: () => {
      planned = true
    },
  }
}

describe('right before its removal a thing is looked at again, and', () => {
  it('counts as gone when it is not there', async () => {
    const cloud = box()
    const { report } = await tearDown(cloud, { meanwhile: () => cloud.world.remove(cloud.it) })
    expect(stepsOf(report)).toEqual(['remove box: already-gone'])
    expect(writesOf(cloud)).toEqual([])
    expect(report.removed).toMatchObject([{ proof: 'not-found' }])
    expect(report.outcome).toBe('clean')
  })

  it('is looked at again where the answer may be from before it was made', async () => {
    const cloud = exactCloud()
    await cloud.context.sleep(60_000)
    cloud.world.add({ kind: 'cloud:box', id: 'box', tags: mine })
    await cloud.context.sleep(5_000)
    const { report } = await tearDown(cloud, {
      meanwhile: () => void cloud.world.fail({ what: 'stale', call: 'GetBox', staleMs: 20_000, times: 1 }),
    })
    expect(stepsOf(report)).toEqual(['remove box: done'])
    expect(writesOf(cloud)).toEqual(['DeleteBox box ok'])
  })

  it('counts as gone half a minute after it was made, and is not waited for when the run is stopped', async () => {
    for (const stopAfterMs of [undefined, 10_000]) {
      const cloud = exactCloud()
      await cloud.context.sleep(60_000)
      const it = cloud.world.add({ kind: 'cloud:box', id: 'box', tags: mine })
      await cloud.context.sleep(5_000)
      const stopping = new AbortController()
      if (stopAfterMs !== undefined) void cloud.context.sleep(stopAfterMs).then(() => stopping.abort())
      const { report } = await tearDown(cloud, { meanwhile: () => cloud.world.remove(it), signal: stopping.signal })
      expect(stepsOf(report)).toEqual([`remove box: ${stopAfterMs === undefined ? 'already-gone' : 'aborted'}`])
      expect(Math.round(tookMs(report) / 1_000)).toBe(stopAfterMs === undefined ? 25 : 10)
    }
  })

  it('is confirmed by a second listing where there is no read by id', async () => {
    const cloud = exactCloud({ kinds: [{ name: 'cloud:box', finds: { read: false } }] })
    const it = cloud.world.add({ kind: 'cloud:box', id: 'box', tags: mine })
    const { report } = await tearDown(cloud, { meanwhile: () => cloud.world.remove(it) })
    expect(stepsOf(report)).toEqual(['remove box: already-gone'])
    expect(report.removed).toMatchObject([{ proof: 'two-absences' }])
    expect(tookMs(report)).toBeGreaterThanOrEqual(500)
    expect(tookMs(report)).toBeLessThan(1_500)
  })

  it.each([
    ['its final state', { phase: 'gone' }],
    ['another incarnation', { incarnation: 'another' }],
  ] as const)('counts as gone when it shows %s', async (_, now) => {
    const { cloud, meanwhile } = saying(box(), () => now)
    const { report } = await tearDown(cloud, { meanwhile })
    expect(stepsOf(report)[0]).toBe('remove box: already-gone')
    expect(writesOf(cloud)).toEqual([])
  })

  it('is not touched when its provider does not move it any more', async () => {
    const { cloud, meanwhile } = saying(box(), () => ({
      phase: 'stuck',
      state: 'error_x',
      since: '2026-01-01T00:00:00Z',
    }))
    const { report } = await tearDown(cloud, { meanwhile, maxAmendments: 0 })
    expect(stepsOf(report)).toEqual(['remove box: stuck'])
    expect(failureOf(report, 'box')).toBe(
      'conflict, error_x: it is error_x since 2026-01-01T00:00:00Z and its provider does not move it',
    )
    expect(writesOf(cloud)).toEqual([])
  })

  it('is told without a time where the provider tells none', async () => {
    const { cloud, meanwhile } = saying(box(), ({ since: _, ...rest }) => ({
      ...rest,
      since: undefined as never,
      phase: 'stuck',
      state: 'x',
    }))
    expect(failureOf((await tearDown(cloud, { meanwhile, maxAmendments: 0 })).report, 'box')).toBe(
      'conflict, x: it is x and its provider does not move it',
    )
  })

  it('is waited for while its provider changes it', async () => {
    const cloud = box({ changingMs: 100_000 })
    const { report } = await tearDown(cloud)
    expect(stepsOf(report)).toEqual(['remove box: done'])
    expect(cloud.world.refusals()).toEqual([])
    expect(tookMs(report)).toBeLessThan(130_000)
    const looks = cloud.world.journal
      .filter(({ effect, id }) => effect === 'read' && id === 'box')
      .map(({ atMs }) => atMs)
    const pauses = looks.slice(1).map((at, index) => at - (looks[index] as number))
    expect(pauses.length).toBeLessThan(40)
    expect(Math.max(...pauses.slice(0, -3))).toBeLessThanOrEqual(15_100)
    expect(Math.min(...pauses.slice(0, 3))).toBeGreaterThanOrEqual(1_000)
  })

  it('is left when that takes longer than a step may', async () => {
    const cloud = exactCloud()
    await cloud.context.sleep(1_000_000)
    cloud.world.add({ kind: 'cloud:box', id: 'box', tags: mine, changingMs: 3_600_000 })
    const { report } = await tearDown(cloud, { stepTimeoutMs: 120_000, maxAmendments: 0 })
    expect(stepsOf(report)).toEqual(['remove box: timed-out'])
    expect(failureOf(report, 'box')).toMatch(
      /^conflict, updating: it is updating since \S+; 1[23]\d s were waited for it to change$/,
    )
    expect(writesOf(cloud)).toEqual([])
  })

  it('is left at once when the run is stopped meanwhile', async () => {
    const cloud = box({ changingMs: 3_600_000 })
    const stopping = new AbortController()
    cloud.world.after(60_000, () => stopping.abort())
    const { report } = await tearDown(cloud, { signal: stopping.signal })
    expect(stepsOf(report)).toEqual(['remove box: aborted'])
    expect(tookMs(report)).toBeLessThan(80_000)
    expect(report.outcome).toBe('interrupted')
  })

  it('is read again, six times, when the answer is lost, and then the step fails', async () => {
    const read = { what: 'error', effect: 'read', kind: 'cloud:box' } as const
    const cloud = box()
    const { report } = await tearDown(cloud, { meanwhile: () => void cloud.world.fail({ ...read, times: 20 }) })
    expect(stepsOf(report)).toEqual(['remove box: done'])
    const dark = box()
    const { report: told } = await tearDown(dark, { meanwhile: () => void dark.world.fail(read), maxAmendments: 0 })
    expect(stepsOf(told)).toEqual(['remove box: failed'])
    expect(failureOf(told, 'box')).toMatch(/^transient, InternalError: /)
    expect(writesOf(dark)).toEqual([])
    const reads = dark.world.journal.filter(({ result, call }) => result === 'InternalError' && call === 'GetBox')
    expect(tookMs(told)).toBeGreaterThan(0)
    expect(reads.length % 6).toBe(0)
  })

  it('is not read again when reading is denied', async () => {
    const cloud = box()
    const { report } = await tearDown(cloud, {
      maxAmendments: 0,
      meanwhile: () => void cloud.world.fail({ what: 'denied', effect: 'read', kind: 'cloud:box' }),
    })
    expect(stepsOf(report)).toEqual(['remove box: failed'])
    expect(failureOf(report, 'box')).toMatch(/^denied, AccessDenied: /)
    expect(tookMs(report)).toBeLessThan(1_000)
  })

  it('is not asked to go when it goes already', async () => {
    const one = box()
    const { cloud, meanwhile } = saying(one, () =>
      one.context.elapsedMs() > 30_000 ? { phase: 'gone' } : { phase: 'going', state: 'deleting' },
    )
    const { report } = await tearDown(cloud, { meanwhile })
    expect(writesOf(cloud)).toEqual([])
    expect(stepsOf(report)[0]).toBe('remove box: done')
  })
})

describe('right before its removal a thing is judged again, and', () => {
  it('stays when the mark that proved it ours was taken off', async () => {
    const cloud = box()
    const { report } = await tearDown(cloud, {
      maxAmendments: 0,
      meanwhile: () => cloud.world.change(cloud.it, { tags: {} }),
    })
    expect(stepsOf(report)).toEqual(['remove box: blocked'])
    expect(failureOf(report, 'box')).toBe(
      'blocked, OwnershipChanged: the marks that proved it ours are gone: tag cluster = ci-1',
    )
    expect(aliveIn(cloud)).toEqual(['box'])
  })

  it('stays when only a hint of the proof is left', async () => {
    const hint = said('ours', 'hint', 'ci-1')
    const { cloud, meanwhile } = saying(box(), () => ({ tags: {}, evidence: [hint] }))
    expect(stepsOf((await tearDown(cloud, { meanwhile, maxAmendments: 0 })).report)).toEqual(['remove box: blocked'])
  })

  it('goes when another proof of its own has taken the place of the mark', async () => {
    const proof = said('ours', 'proof', 'ci-1')
    const { cloud, meanwhile } = saying(box(), () => ({ tags: {}, evidence: [proof] }))
    expect(stepsOf((await tearDown(cloud, { meanwhile, maxAmendments: 0 })).report)).toEqual(['remove box: done'])
    const through: Evidence = { ...proof, through: { kind: 'cloud:net', id: 'net' } }
    const indirect = saying(box(), () => ({ tags: {}, evidence: [through] }))
    expect(
      stepsOf((await tearDown(indirect.cloud, { meanwhile: indirect.meanwhile, maxAmendments: 0 })).report),
    ).toEqual(['remove box: blocked'])
  })

  it("stays when another's mark has been put on it, also where a person approved it before", async () => {
    const other = said('other', 'proof', 'them')
    for (const policy of [{}, { approve: ['box'] }]) {
      const { cloud, meanwhile } = saying(box(), () => ({ evidence: [other] }))
      const { report } = await tearDown(cloud, { meanwhile, policy, maxAmendments: 0 })
      expect(failureOf(report, 'box')).toBe(
        'blocked, OwnershipChanged: it carries owner = them now, which the plan did not see',
      )
      expect(aliveIn(cloud)).toEqual(['box'])
    }
  })

  it('goes when what says that it is of another is no more than a hint', async () => {
    const other = said('other', 'hint', 'them')
    const { cloud, meanwhile } = saying(box(), () => ({ evidence: [other] }))
    expect(stepsOf((await tearDown(cloud, { meanwhile, maxAmendments: 0 })).report)).toEqual(['remove box: done'])
  })

  it('goes where a person approved it in spite of the mark of another that the plan saw, and stays for a second one', async () => {
    const seen = box({ evidence: [said('other', 'proof', 'them')] })
    const { report } = await tearDown(seen, { policy: { approve: ['box'] }, maxAmendments: 0 })
    expect(stepsOf(report)).toEqual(['remove box: done'])
    const { cloud, meanwhile } = saying(box({ evidence: [said('other', 'proof', 'them')] }), () => ({
      evidence: [said('other', 'proof', 'others')],
    }))
    const again = await tearDown(cloud, { policy: { approve: ['box'] }, meanwhile, maxAmendments: 0 })
    expect(failureOf(again.report, 'box')).toMatch(/it carries owner = others now/)
  })

  it('goes without its mark where a person approved it, by id or by key', async () => {
    for (const by of ['id', 'key'] as const) {
      const cloud = box()
      const policy = { approve: [by === 'id' ? 'box' : cloud.it.key] }
      const { report } = await tearDown(cloud, { policy, meanwhile: () => cloud.world.change(cloud.it, { tags: {} }) })
      expect(stepsOf(report)).toEqual(['remove box: done'])
    }
    const cloud = box()
    const { report } = await tearDown(cloud, {
      policy: { approve: ['another'] },
      maxAmendments: 0,
      meanwhile: () => cloud.world.change(cloud.it, { tags: {} }),
    })
    expect(stepsOf(report)).toEqual(['remove box: blocked'])
  })

  it('goes where the proof is one that a single look cannot show: it was named, it is a part, the ledger knows it', async () => {
    const named = box({ tags: {} })
    expect((await tearDown(named, { target: { resources: ['box'] } })).report.outcome).toBe('clean')
    const cloud = exactCloud()
    const whole = cloud.world.add({ kind: 'cloud:stack', id: 'stack', tags: mine })
    const part = cloud.world.add({
      kind: 'cloud:box',
      id: 'part',
      partOf: [{ of: whole, field: 'stack', alone: true }],
    })
    cloud.world.add({ kind: 'cloud:box', id: 'user', tags: mine, uses: [{ to: part, field: 'part' }] })
    expect((await tearDown(cloud)).report.outcome).toBe('clean')
  })

  it('goes where it was only suspected and the policy removes what is suspected', async () => {
    const hint = said('ours', 'hint', 'ci-1')
    const cloud = box({ evidence: [hint], tags: {} })
    cloud.world.add({ kind: 'cloud:box', id: 'other', tags: mine, uses: [{ to: cloud.it, field: 'box' }] })
    const { report } = await tearDown(cloud, { policy: { suspected: 'remove' } })
    expect(stepsOf(report)).toEqual(['remove other: done', 'remove box: done'])
  })

  it('stays when what was our own mark is the mark of another now, and when only the mark of sharing is left', async () => {
    const turned = saying(box({ evidence: [said('ours', 'proof', 'them')] }), () => ({
      evidence: [said('other', 'proof', 'them')],
    }))
    const { report } = await tearDown(turned.cloud, { meanwhile: turned.meanwhile, maxAmendments: 0 })
    expect(failureOf(report, 'box')).toMatch(/it carries owner = them now/)
    const shared = box({ tags: { ...mine, 'cluster-shared': 'ci-1' } })
    const { report: left } = await tearDown(shared, {
      maxAmendments: 0,
      meanwhile: () => shared.world.change(shared.it, { tags: { 'cluster-shared': 'ci-1' } }),
    })
    expect(stepsOf(left)).toEqual(['remove box: blocked'])
    expect(aliveIn(shared)).toEqual(['box'])
  })

  it('stays when the mark is gone and all that is left is a hint through something else', async () => {
    const cloud = exactCloud()
    const net = cloud.world.add({ kind: 'cloud:net', id: 'net', tags: mine })
    const through: Evidence = { ...said('ours', 'hint', 'x'), through: { kind: 'cloud:net', id: 'net' } }
    const it = cloud.world.add({
      kind: 'cloud:box',
      id: 'box',
      tags: mine,
      uses: [{ to: net, field: 'net' }],
      evidence: [through],
    })
    const { report } = await tearDown(cloud, {
      maxAmendments: 0,
      meanwhile: () => cloud.world.change(it, { tags: {} }),
    })
    expect(stepsOf(report)).toEqual(['remove box: blocked', 'remove net: skipped'])
  })

  it('stays when it was protected since, and says by what', async () => {
    const cloud = box()
    const { report } = await tearDown(cloud, {
      maxAmendments: 0,
      meanwhile: () => cloud.world.change(cloud.it, { protections: ['lock'] }),
    })
    expect(stepsOf(report)).toEqual(['remove box: blocked'])
    expect(failureOf(report, 'box')).toBe('protected, lock: lock (set later) was set after the plan was made')
    expect(writesOf(cloud)).toEqual([])
  })

  it('stays when it was protected since by what the plan lifts on another', async () => {
    const cloud = exactCloud()
    cloud.world.add({ kind: 'cloud:box', id: 'a', tags: mine, protections: ['lock'] })
    const b = cloud.world.add({ kind: 'cloud:box', id: 'b', tags: mine })
    const { report } = await tearDown(cloud, {
      policy: { liftProtection: ['a', 'b'] },
      maxAmendments: 0,
      meanwhile: () => cloud.world.change(b, { protections: ['lock'] }),
    })
    expect(aliveIn(cloud)).toEqual(['b'])
    expect(failureOf(report, 'b')).toMatch(/was set after the plan was made$/)
    expect(writesOf(cloud).filter((one) => one.includes(' b '))).toEqual([])
  })

  it('goes though its listing still shows the protection that was lifted for it', async () => {
    const cloud = box({ protections: ['lock'] })
    const lagging = speaking(cloud, 'cloud:box', (kind) => ({
      facts: (raw) => ({ ...kind.facts(raw), protections: [{ id: 'lock', liftable: true, says: 'x' }] }),
    }))
    const { report } = await tearDown(lagging, { policy: { liftProtection: ['box'] }, maxAmendments: 0 })
    expect(stepsOf(report)).toEqual(['unprotect box: done', 'remove box: done'])
  })

  it('is judged by tags that its listing lacks', async () => {
    const cloud = memoryCloud({ seed: 1, kinds: [{ name: 'cloud:box', labels: true }] })
    const it = cloud.world.add({ kind: 'cloud:box', id: 'box', tags: mine })
    expect((await tearDown(cloud)).report.outcome).toBe('clean')
    const other = memoryCloud({ seed: 1, kinds: [{ name: 'cloud:box', labels: true }] })
    const marked = other.world.add({ kind: 'cloud:box', id: 'box', tags: mine })
    const { report } = await tearDown(other, {
      maxAmendments: 0,
      meanwhile: () => other.world.change(marked, { tags: {} }),
    })
    expect(stepsOf(report)).toEqual(['remove box: blocked'])
    expect(cloud.world.isAlive(it)).toBe(false)
  })

  it.each([
    ['denied', 'remove box: failed', 'denied, AccessDenied'],
    ['error', 'remove box: done', undefined],
  ] as const)('is not told as unmarked where its tags could not be read (%s)', async (what, end, why) => {
    for (const finds of [{}, { read: false }]) {
      const cloud = exactCloud({ kinds: [{ name: 'cloud:box', labels: true, finds }] })
      cloud.world.add({ kind: 'cloud:box', id: 'box', tags: mine })
      const { report } = await tearDown(cloud, {
        maxAmendments: 0,
        meanwhile: () => cloud.world.fail({ what, call: 'DescribeBoxTags', times: what === 'error' ? 9 : 1 }),
      })
      expect(stepsOf(report)).toEqual([end])
      expect(failureOf(report, 'box')?.split(':')[0]).toBe(why)
    }
  })

  it.each([true, false])('is judged by what only the second look shows (still ours: %s)', async (ours) => {
    const cloud = exactCloud()
    const net = cloud.world.add({ kind: 'cloud:net', id: 'net', tags: mine })
    cloud.world.add({ kind: 'cloud:box', id: 'box', uses: [{ to: net, field: 'net' }] })
    let proves = true
    const members: Evidence = { rule: 'members', says: 'ours', strength: 'proof', field: 'members', value: 'ci-1' }
    const { report } = await tearDown(
      speaking(cloud, 'cloud:box', (kind) => ({
        more: async (_, found) => found.map((raw) => ({ ...(raw as object), close: true })),
        facts: (raw) => ({
          ...kind.facts(raw),
          ...((raw as { close?: true }).close && proves && { evidence: [members] }),
        }),
      })),
      {
        maxAmendments: 0,
        meanwhile: () => {
          proves = ours
        },
      },
    )
    expect(stepsOf(report)[0]).toBe(ours ? 'remove box: done' : 'remove box: blocked')
  })

  it('that changed for long is not given up for one failed read', async () => {
    const cloud = exactCloud()
    cloud.world.add({ kind: 'cloud:box', id: 'box', tags: mine, changingMs: 120_000 })
    const { report } = await tearDown(cloud, {
      maxAmendments: 0,
      meanwhile: () => cloud.world.fail({ what: 'error', effect: 'read', kind: 'cloud:box', fromMs: 60_000, times: 8 }),
    })
    expect(stepsOf(report)).toEqual(['remove box: done'])
  })
})
