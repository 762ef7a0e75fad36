import { describe, expect, it } from 'vitest'
import type { Plan } from '../../src/index.ts'
import { type MemoryCloud, MemoryCloudError, type MemoryKind, type WorldResource } from '../../src/kit/testing/index.ts'
import { addPair } from './groups.ts'
import { aliveIn, entriesOf, exactCloud, idOf, mine, speaking, stepsOf, tearDown, writesOf } from './tear-down.ts'

it.each(['x', 'y'])('a writer of two writes again where one of them stays, whichever (%s)', async (id) => {
  const cloud = exactCloud({ kinds: [{ name: 'cloud:group', writer: true, restoreMs: 3_600_000 }] })
  const group = cloud.world.add({ kind: 'cloud:group', id: 'asg', tags: mine })
  for (const made of ['x', 'y']) cloud.world.add({ kind: 'cloud:box', id: made, tags: mine, restoredBy: group })
  cloud.world.add({ kind: 'cloud:alarm', id: 'alarm', uses: [{ to: group, field: 'Group' }] })
  cloud.world.fail({ what: 'denied', effect: 'write', call: 'DeleteBox', id })
  const { report } = await tearDown(cloud, { maxAmendments: 0 })
  expect(stepsOf(report)).toContain('quiesce asg: undone')
  expect(writesOf(cloud).at(-1)).toBe('ResumeGroup asg ok')
})

it('a writer that one listing lacks is silenced all the same', async () => {
  const cloud = exactCloud({ kinds: [{ name: 'cloud:group', writer: true, finds: { read: false, ids: false } }] })
  const group = cloud.world.add({ kind: 'cloud:group', id: 'asg', tags: mine })
  cloud.world.add({ kind: 'cloud:box', id: 'box', tags: mine, restoredBy: group })
  cloud.world.add({ kind: 'cloud:alarm', id: 'alarm', uses: [{ to: group, field: 'Group' }] })
  let looks = Number.NaN
  const { report } = await tearDown(
    speaking(cloud, 'cloud:group', (kind) => ({
      find: {
        async *all(io) {
          if (++looks !== 1) yield* kind.find.all(io)
        },
      },
    })),
    {
      meanwhile: () => {
        looks = 0
      },
    },
  )
  expect(stepsOf(report)).toEqual(['quiesce asg: done', 'remove box: done'])
  expect(aliveIn(cloud)).toEqual(['alarm', 'asg'])
})

describe('a link that is cut', () => {
  /** Two groups that name each other; the removal of one may be refused. */
  function groups(rule: Partial<MemoryKind> = {}, group: Partial<MemoryKind> = {}): MemoryCloud {
    const cloud = exactCloud({
      kinds: [
        { name: 'cloud:rule', link: true, ...rule },
        { name: 'cloud:group', ...group },
      ],
    })
    addPair(cloud.world)
    return cloud
  }

  it('is put back also where a listing still shows it after the run was stopped', async () => {
    const cloud = groups({ finds: { read: false, ids: false } })
    const stopping = new AbortController()
    const { report } = await tearDown(cloud, {
      signal: stopping.signal,
      onEvent(event) {
        if (event.type !== 'step-asked' || event.action !== 'sever') return
        stopping.abort()
        cloud.world.fail({ what: 'stale', call: 'ListRules', untilMs: cloud.world.elapsedMs() + 4_000 })
      },
    })
    expect(stepsOf(report).at(-1)).toMatch(/^sever .*: undone$/)
    expect(aliveIn(cloud)).toEqual(['a-b', 'b-a', 'sg-a', 'sg-b'])
  })

  it.each([
    ['is gone', {}],
    ['is another', {}],
    ['is listed as gone', { tombstoneMs: 600_000 }],
  ])('is not put back into a holder that %s', async (how, more) => {
    const cloud = groups({}, { idIsName: true, ...more })
    const { plan } = await tearDown(groups({}, { idIsName: true }))
    const cut = plan.steps.find(({ action }) => action === 'sever')
    const [freed, holder] = cut?.action === 'sever' ? [idOf(cut.freedFor), idOf(cut.holder)] : []
    cloud.world.fail({ what: 'denied', effect: 'write', call: 'DeleteGroup' })
    let restored = 0
    const { report } = await tearDown(
      speaking(cloud, 'cloud:rule', () => ({
        async restore() {
          restored++
          throw new MemoryCloudError('NotFound', 'its group does not exist')
        },
      })),
      {
        maxAmendments: 0,
        onEvent(event) {
          if (event.type !== 'failed') return
          cloud.world.remove(cloud.world.get('cloud:group', holder as string) as WorldResource)
          if (how === 'is another')
            cloud.world.add({ kind: 'cloud:group', id: holder as string, tags: { cluster: 'x' } })
        },
      },
    )
    expect(restored).toBe(0)
    expect(stepsOf(report).filter((one) => one.endsWith('undone'))).toEqual([])
    expect(aliveIn(cloud)).toContain(freed)
  })

  it('is cut once, right before what it frees, and what is needed to put it back is written down', async () => {
    const cloud = groups()
    const { report, ledger } = await tearDown(cloud)
    expect(report.outcome).toBe('clean')
    expect(report.steps.filter(({ action }) => action === 'sever')).toHaveLength(1)
    const cut = (await entriesOf(ledger)).find((one) => one.type === 'intent' && one.action === 'sever')
    expect(cut).toMatchObject({ before: { again: { kind: 'cloud:rule' } } })
  })

  it('is put back where what it was cut for stays, also when the answer to the cut was lost', async () => {
    for (const lost of [false, true]) {
      const cloud = groups()
      const { plan } = await tearDown(groups())
      const cut = plan.steps.find(({ action }) => action === 'sever')
      const freed = cut?.action === 'sever' ? idOf(cut.freedFor) : ''
      cloud.world.fail({ what: 'denied', effect: 'write', call: 'DeleteGroup', id: freed })
      if (lost) cloud.world.fail({ what: 'lost-response', effect: 'write', call: 'DeleteRule', times: 1 })
      const { report, events } = await tearDown(cloud, { maxAmendments: 0 })
      expect(aliveIn(cloud)).toContain(idOf(cut?.target ?? ''))
      expect(report.steps.filter(({ result }) => result === 'undone').map(({ action }) => action)).toEqual(['sever'])
      expect(report.removed.map(({ key }) => key)).not.toContain(cut?.target)
      expect(events.filter(({ type }) => type === 'undone')).toHaveLength(1)
    }
  })

  it('in two calls is put back once, also where it takes a while to be there again', async () => {
    const cloud = groups()
    cloud.world.fail({ what: 'lost-request', effect: 'write', call: 'DeleteRule', times: 2 })
    cloud.world.fail({ what: 'denied', effect: 'write', call: 'DeleteGroup' })
    const made = (): boolean => writesOf(cloud).some((one) => one.startsWith('CreateRule'))
    const slow = speaking(cloud, 'cloud:rule', (kind) => ({
      facts: (raw) => ({ ...kind.facts(raw), ...(made() ? { phase: 'changing' } : {}) }),
    }))
    const { report } = await tearDown(slow, { maxAmendments: 0 })
    expect(report.steps.filter(({ result }) => result === 'undone')).toHaveLength(1)
    expect(writesOf(cloud).filter((one) => one.startsWith('CreateRule'))).toHaveLength(1)
  })

  it('is not put back where what it was cut for went by another hand', async () => {
    const cloud = groups()
    const refusing = speaking(cloud, 'cloud:group', () => ({
      remove(_, { id }) {
        const group = cloud.world.get('cloud:group', id)
        if (group) cloud.world.remove(group)
        return Promise.reject(new MemoryCloudError('AccessDenied', 'no'))
      },
    }))
    const { report } = await tearDown(refusing, { maxAmendments: 0 })
    expect(stepsOf(report)).toContainEqual(expect.stringMatching(/^sever .*: done$/))
    expect(writesOf(cloud).filter((one) => one.startsWith('CreateRule'))).toEqual([])
  })

  it('is not cut where another thing has the id of what it was to free', async () => {
    const cloud = groups()
    const { world } = cloud
    const meanwhile = (plan: Plan): void => {
      const cut = plan.steps.find(({ action }) => action === 'sever')
      const freed = cut?.action === 'sever' ? idOf(cut.freedFor) : ''
      world.remove(world.get('cloud:group', freed) as WorldResource)
      world.add({ kind: 'cloud:group', id: freed })
    }
    const { report, events } = await tearDown(cloud, { meanwhile, maxAmendments: 0 })
    expect(stepsOf(report)[0]).toMatch(/^sever .*: already-gone$/)
    const cut = report.steps[0]?.target
    expect(events.flatMap((event) => (event.type === 'gone' ? [event.key] : []))).not.toContain(cut)
    expect(writesOf(cloud).filter((one) => one.startsWith('DeleteRule'))).toEqual([])
    expect(report.outcome).toBe('clean')
    expect(world.alive()).toHaveLength(1)
  })

  it('is put back each by itself, where there are several', async () => {
    const cloud = groups()
    const { world } = cloud
    addPair(world, ['c', 'd'])
    world.fail({ what: 'denied', effect: 'write', call: 'DeleteGroup' })
    const { report } = await tearDown(cloud, { maxAmendments: 0 })
    const undone = report.steps.filter(({ result }) => result === 'undone').map(({ target }) => idOf(target))
    expect(undone.sort()).toEqual([expect.stringMatching(/a-b|b-a/), expect.stringMatching(/c-d|d-c/)])
    expect(report.removed).toEqual([])
  })

  it('that is still on its way when the run is stopped is put back', async () => {
    const cloud = groups({ goingMs: 600_000 })
    const stopping = new AbortController()
    cloud.world.after(60_000, () => stopping.abort())
    const { report, ledger } = await tearDown(cloud, { signal: stopping.signal })
    expect(report.steps.filter(({ result }) => result === 'undone').map(({ action }) => action)).toEqual(['sever'])
    expect(writesOf(cloud).filter((one) => one.startsWith('CreateRule'))).toHaveLength(1)
    const written = await entriesOf(ledger)
    expect(written.flatMap((one) => (one.type === 'intent' ? [one.action] : []))).toEqual(['sever', 'undo'])
  })

  it('that was never cut is not put back', async () => {
    const cloud = groups()
    cloud.world.fail({ what: 'denied', effect: 'write', call: 'DeleteRule' })
    const { report } = await tearDown(cloud, { maxAmendments: 0 })
    expect(writesOf(cloud).filter((one) => one.startsWith('CreateRule'))).toEqual([])
    expect(report.findings.map(({ code }) => code)).not.toContain('not-undone')
    expect(aliveIn(cloud)).toHaveLength(4)
  })

  it('is told as not put back where nobody can tell whether it stands', async () => {
    const cloud = groups()
    cloud.world.fail({ what: 'lost-response', effect: 'write', call: 'DeleteRule' })
    const dark = speaking(cloud, 'cloud:rule', (kind) => ({
      async remove(io, it, how) {
        cloud.world.fail({ what: 'denied', effect: 'read', kind: 'cloud:rule' })
        await kind.remove?.(io, it, how)
      },
    }))
    const { report } = await tearDown(dark, { maxAmendments: 0 })
    expect(report.findings.map(({ code }) => code)).toContain('not-undone')
    expect(writesOf(cloud).filter((one) => one.startsWith('CreateRule'))).toEqual([])
  })

  it('that cannot be put back is told as a cut', async () => {
    const cloud = groups()
    cloud.world.fail({ what: 'denied', effect: 'write', call: 'DeleteGroup' })
    cloud.world.fail({ what: 'denied', effect: 'write', call: 'CreateRule' })
    const { report } = await tearDown(cloud, { maxAmendments: 0 })
    const finding = report.findings.find(({ code }) => code === 'not-undone')
    expect(finding?.message).toMatch(
      /^cloud:rule (a-b|b-a): the link was cut for \S+, which stays, and could not be put back: AccessDenied: /,
    )
    expect(finding?.keys).toHaveLength(2)
    expect(report.removed.map(({ key }) => idOf(key))).toEqual([idOf(finding?.keys[0] ?? '')])
  })

  it('is not put back by an adapter that cannot', async () => {
    const cloud = groups()
    cloud.world.fail({ what: 'denied', effect: 'write', call: 'DeleteGroup' })
    const { report } = await tearDown(
      speaking(cloud, 'cloud:rule', () => ({ restore: undefined }) as object),
      { maxAmendments: 0 },
    )
    expect(report.steps.filter(({ result }) => result === 'undone')).toEqual([])
  })
})

describe('a writer', () => {
  /** The group stays because a stranger uses it; the box that it makes cannot be removed. */
  function group(): MemoryCloud & { group: WorldResource } {
    const cloud = exactCloud({ kinds: [{ name: 'cloud:group', writer: true, idIsName: true }] })
    const { world } = cloud
    const it = world.add({ kind: 'cloud:group', name: 'asg', id: 'asg', tags: mine })
    world.add({ kind: 'cloud:box', id: 'box', tags: mine, restoredBy: it })
    world.add({ kind: 'cloud:alarm', id: 'alarm', uses: [{ to: it, field: 'Group' }] })
    world.fail({ what: 'denied', effect: 'write', call: 'DeleteBox' })
    return { ...cloud, group: it }
  }
  /** What happens right before the removal of the box is refused. */
  const meanwhile = (cloud: MemoryCloud, happens: () => void): MemoryCloud =>
    speaking(cloud, 'cloud:box', (kind) => ({
      async remove(io, it, how) {
        happens()
        await kind.remove?.(io, it, how)
      },
    }))

  it('is silenced before what it makes goes, and made to write again when it stays', async () => {
    const cloud = group()
    const { report } = await tearDown(cloud, { maxAmendments: 0 })
    expect(stepsOf(report)).toEqual(['quiesce asg: done', 'remove box: failed', 'quiesce asg: undone'])
    expect(writesOf(cloud)).toEqual(['PauseGroup asg ok', 'DeleteBox box AccessDenied', 'ResumeGroup asg ok'])
    expect(cloud.world.get('cloud:group', 'asg')?.paused).toBe(false)
  })

  it('that somebody removed meanwhile is let be', async () => {
    const cloud = group()
    const { report } = await tearDown(
      meanwhile(cloud, () => cloud.world.remove(cloud.group)),
      { maxAmendments: 0 },
    )
    expect(stepsOf(report)).toEqual(['quiesce asg: done', 'remove box: failed'])
    expect(writesOf(cloud)).toEqual(['PauseGroup asg ok', 'DeleteBox box AccessDenied'])
  })

  it('in whose place another stands, silent as well, is let be', async () => {
    const cloud = group()
    const { world } = cloud
    const other = meanwhile(cloud, () => {
      world.remove(cloud.group)
      world.change(world.add({ kind: 'cloud:group', name: 'asg', id: 'asg' }), { paused: true })
    })
    await tearDown(other, { maxAmendments: 0 })
    expect(writesOf(cloud)).toEqual(['PauseGroup asg ok', 'DeleteBox box AccessDenied'])
    expect(world.get('cloud:group', 'asg')?.paused).toBe(true)
  })

  it('that cannot be read is told as not put back', async () => {
    const cloud = group()
    const dark = meanwhile(cloud, () => void cloud.world.fail({ what: 'denied', effect: 'read', kind: 'cloud:group' }))
    const { report } = await tearDown(dark, { maxAmendments: 0 })
    const finding = report.findings.find(({ code }) => code === 'not-undone')
    expect(finding?.message).toMatch(
      /^cloud:group asg: quiesce was done \(asg\) for \S+box, which stays, and could not be put back: AccessDenied: /,
    )
    expect(writesOf(cloud)).toEqual(['PauseGroup asg ok', 'DeleteBox box AccessDenied'])
  })
})
