import { describe, expect, it } from 'vitest'
import {
  type Fault,
  type MemoryCloud,
  MemoryCloudError,
  type MemoryKind,
  type WorldResource,
} from '../../src/kit/testing/index.ts'
import {
  aliveIn,
  entriesOf,
  exactCloud,
  failureOf,
  idOf,
  mine,
  speaking,
  stepsOf,
  tearDown,
  writesOf,
} from './tear-down.ts'

const lift = { liftProtection: ['box'] }

function guarded(kind: Partial<MemoryKind> = {}): MemoryCloud & { box: WorldResource } {
  const cloud = exactCloud({ kinds: [{ name: 'cloud:box', ...kind }] })
  return { ...cloud, box: cloud.world.add({ kind: 'cloud:box', id: 'box', tags: mine, protections: ['lock'] }) }
}

const protectionsOf = async (cloud: MemoryCloud): Promise<string[]> => {
  const again = await tearDown(cloud, { maxAmendments: 0 })
  return again.plan.blocked.map(({ key, reason }) => `${idOf(key)} ${reason}`)
}

describe('a protection that may be lifted', () => {
  it('is lifted right before the removal, and its value is written down before that', async () => {
    const cloud = guarded()
    const { report, ledger, events } = await tearDown(cloud, { policy: lift })
    expect(stepsOf(report)).toEqual(['unprotect box: done', 'remove box: done'])
    expect(writesOf(cloud)).toEqual(['UnprotectBox box ok', 'DeleteBox box ok'])
    expect((await entriesOf(ledger)).find(({ type }) => type === 'intent')).toMatchObject({
      action: 'unprotect',
      what: 'lock',
      attempt: 1,
      before: { id: 'lock', liftable: true },
    })
    expect(events.filter(({ type }) => type === 'step-asked')).toMatchObject([
      { action: 'unprotect' },
      { action: 'remove' },
    ])
    expect(events.filter(({ type }) => type === 'gone')).toHaveLength(1)
  })

  it('is lifted also where only a second look shows it', async () => {
    const cloud = guarded({ more: true })
    expect((await tearDown(cloud, { policy: lift })).report.outcome).toBe('clean')
  })

  it('is left alone when somebody lifted it meanwhile; then there is nothing to put back either', async () => {
    const cloud = guarded()
    cloud.world.fail({ what: 'denied', effect: 'write', call: 'DeleteBox' })
    const { report, events } = await tearDown(cloud, {
      policy: lift,
      maxAmendments: 0,
      meanwhile: () => cloud.world.change(cloud.box, { protections: [] }),
    })
    expect(stepsOf(report)).toEqual(['unprotect box: done', 'remove box: failed'])
    expect(writesOf(cloud)).toEqual(['DeleteBox box AccessDenied'])
    expect(events.filter(({ type }) => type === 'step-asked')).toEqual([])
  })

  it('is not lifted for what is gone already', async () => {
    const cloud = guarded()
    const { report } = await tearDown(cloud, { policy: lift, meanwhile: () => cloud.world.remove(cloud.box) })
    expect(stepsOf(report)).toEqual(['unprotect box: already-gone', 'remove box: already-gone'])
    expect(report.outcome).toBe('clean')
    expect(writesOf(cloud)).toEqual([])
  })

  it('counts as gone with its thing where the answer to the call says so', async () => {
    const cloud = guarded()
    const gone = speaking(cloud, 'cloud:box', (kind) => ({
      unprotect: {
        ...(kind.unprotect as NonNullable<typeof kind.unprotect>),
        async apply(io, it, id) {
          cloud.world.remove(cloud.box)
          await kind.unprotect?.apply(io, it, id)
        },
      },
    }))
    const { report } = await tearDown(gone, { policy: lift })
    expect(stepsOf(report)).toEqual(['unprotect box: already-gone', 'remove box: already-gone'])
    expect(report.outcome).toBe('clean')
  })

  it('is tried again after an answer that was lost or too much, six times, and then told', async () => {
    for (const what of ['throttled', 'error', 'lost-request'] as const) {
      const cloud = guarded()
      const fault: Fault = { what, effect: 'write', call: 'UnprotectBox' }
      const end = cloud.world.fail({ ...fault, times: 5 })
      expect((await tearDown(cloud, { policy: lift })).report.outcome).toBe('clean')
      end()
      const never = guarded()
      never.world.fail(fault)
      const { report, ledger } = await tearDown(never, { policy: lift, maxAmendments: 0 })
      expect(stepsOf(report).slice(0, 2)).toEqual(['unprotect box: failed', 'remove box: skipped'])
      const sent = (await entriesOf(ledger)).flatMap((one) => (one.type === 'intent' ? [one] : []))
      expect(sent.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4, 5, 6])
      const pauses = sent.slice(1).map(({ at }, index) => Date.parse(at) - Date.parse(sent[index]?.at ?? ''))
      expect(pauses[4]).toBeGreaterThan(2 * (pauses[0] as number))
    }
  })

  it('is tried again after a conflict, when the provider says', async () => {
    const cloud = guarded({ revisions: true })
    cloud.world.fail({ what: 'throttled', effect: 'write', call: 'UnprotectBox', times: 1, retryAfterMs: 66_000 })
    const { report } = await tearDown(cloud, { policy: lift })
    const [first] = report.steps
    expect(Date.parse(first?.endedAt ?? '') - Date.parse(first?.startedAt ?? '')).toBeGreaterThanOrEqual(66_000)
  })

  it('is told as denied at once, and what it guards stays', async () => {
    const cloud = guarded()
    cloud.world.fail({ what: 'denied', effect: 'write', call: 'UnprotectBox' })
    const { report } = await tearDown(cloud, { policy: lift, maxAmendments: 0 })
    expect(stepsOf(report).slice(0, 2)).toEqual(['unprotect box: failed', 'remove box: skipped'])
    expect(failureOf(report, 'box')).toMatch(/^denied, AccessDenied: /)
    expect(writesOf(cloud)).toEqual(['UnprotectBox box AccessDenied'])
    expect(report.outcome).toBe('incomplete')
  })

  it('is told as unsupported by an adapter that can lift nothing any more', async () => {
    const cloud = guarded()
    let planned = false
    const older = speaking(
      cloud,
      'cloud:box',
      (kind) => ({ unprotect: planned ? undefined : kind.unprotect }) as object,
    )
    const { report } = await tearDown(older, {
      policy: lift,
      maxAmendments: 0,
      meanwhile: () => {
        planned = true
      },
    })
    expect(failureOf(report, 'box')).toBe('unsupported, NoSuchAbility: cloud:box has no unprotect')
    expect(stepsOf(report)).toEqual(['unprotect box: failed', 'remove box: skipped'])
  })
})

describe('a removal that does not come about', () => {
  const denied: Fault = { what: 'denied', effect: 'write', call: 'DeleteBox' }

  it('has its protection put back, and that is told and written down', async () => {
    const cloud = guarded()
    cloud.world.fail(denied)
    const { report, events, ledger, plan } = await tearDown(cloud, { policy: lift, maxAmendments: 0 })
    expect(stepsOf(report)).toEqual(['unprotect box: done', 'remove box: failed', 'unprotect box: undone'])
    expect(report.steps.at(-1)).toEqual({
      plan: plan.id,
      step: 0,
      action: 'unprotect',
      target: cloud.box.key,
      result: 'undone',
      calls: 1,
    })
    expect(events.filter(({ type }) => type === 'undone')).toMatchObject([{ step: 0, key: cloud.box.key }])
    expect((await entriesOf(ledger)).filter((one) => 'action' in one && one.action === 'undo')).toMatchObject([
      { type: 'intent', step: 0, what: 'lock', attempt: 1, before: { id: 'lock' } },
      { type: 'outcome', result: 'accepted' },
    ])
    expect(await protectionsOf(cloud)).toEqual(['box protected'])
  })

  it('has nothing put back where the thing went after all, or another has taken its place', async () => {
    for (const then of ['gone', 'replaced'] as const) {
      const cloud = guarded({ idIsName: true })
      cloud.world.fail(denied)
      let done = false
      const { report } = await tearDown(
        speaking(cloud, 'cloud:box', (kind) => ({
          async remove(io, it, how) {
            await kind.remove?.(io, it, how).catch((error: unknown) => {
              if (done) throw error
              done = true
              cloud.world.remove(cloud.box)
              if (then === 'replaced') cloud.world.add({ kind: 'cloud:box', id: 'box', name: 'box' })
              throw error
            })
          },
        })),
        { policy: lift, maxAmendments: 0 },
      )
      expect(stepsOf(report)).toEqual(['unprotect box: done', 'remove box: failed'])
      expect(writesOf(cloud)).toEqual(['UnprotectBox box ok', 'DeleteBox box AccessDenied'])
    }
  })

  it('leaves a protection that somebody else has set again as it is', async () => {
    const cloud = guarded()
    cloud.world.fail(denied)
    const { report } = await tearDown(
      speaking(cloud, 'cloud:box', (kind) => ({
        async remove(io, it, how) {
          cloud.world.change(cloud.box, { protections: ['lock'] })
          await kind.remove?.(io, it, how)
        },
      })),
      { policy: lift, maxAmendments: 0 },
    )
    expect(stepsOf(report)).toEqual(['unprotect box: done', 'remove box: failed', 'unprotect box: undone'])
    expect(writesOf(cloud)).toEqual(['UnprotectBox box ok', 'DeleteBox box AccessDenied'])
  })

  it.each(['throttled', 'error', 'lost-request'] as const)(
    'tries to put it back again when that is %s',
    async (what) => {
      const cloud = guarded()
      cloud.world.fail(denied)
      cloud.world.fail({ what, effect: 'write', call: 'ProtectBox', times: 5 })
      const { report, ledger } = await tearDown(cloud, { policy: lift, maxAmendments: 0 })
      expect(stepsOf(report).at(-1)).toBe('unprotect box: undone')
      const undone = (await entriesOf(ledger)).flatMap((one) =>
        one.type === 'intent' && one.action === 'undo' ? [one] : [],
      )
      expect(undone.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4, 5, 6])
      const pauses = undone.slice(1).map(({ at }, index) => Date.parse(at) - Date.parse(undone[index]?.at ?? ''))
      expect(pauses[4]).toBeGreaterThan(2 * (pauses[0] as number))
      expect(report.findings.map(({ code }) => code)).not.toContain('not-undone')
    },
  )

  it('has nothing put back where the thing goes all the same', async () => {
    const cloud = guarded({ goingMs: 600_000 })
    const stopping = new AbortController()
    cloud.world.after(10_000, () => stopping.abort())
    const { report } = await tearDown(cloud, { policy: lift, signal: stopping.signal })
    expect(stepsOf(report)).toEqual(['unprotect box: done', 'remove box: aborted'])
    expect(writesOf(cloud)).toEqual(['UnprotectBox box ok', 'DeleteBox box ok'])
  })

  it('has its protection put back also where nobody can tell whether it is still there', async () => {
    const cloud = guarded()
    cloud.world.fail(denied)
    let dark = false
    const { report } = await tearDown(
      speaking(cloud, 'cloud:box', (kind) => ({
        async remove(io, it, how) {
          await kind.remove?.(io, it, how).catch((error: unknown) => {
            dark = true
            throw error
          })
        },
        async read(io, id) {
          if (!dark) return kind.read?.(io, id)
          dark = false
          throw new MemoryCloudError('AccessDenied', 'no')
        },
      })),
      { policy: lift, maxAmendments: 0 },
    )
    expect(stepsOf(report).at(-1)).toBe('unprotect box: undone')
    expect(writesOf(cloud).at(-1)).toBe('ProtectBox box ok')
  })

  it('tells after six attempts what could not be put back, and how to try again', async () => {
    const cloud = guarded()
    cloud.world.fail(denied)
    cloud.world.fail({ what: 'error', effect: 'write', call: 'ProtectBox' })
    const { report } = await tearDown(cloud, { policy: lift, maxAmendments: 0 })
    expect(stepsOf(report).at(-1)).toBe('unprotect box: failed')
    expect(report.steps.at(-1)?.failure?.code).toBe('transient')
    expect(writesOf(cloud).filter((one) => one.startsWith('ProtectBox'))).toHaveLength(6)
    const finding = report.findings.find(({ code }) => code === 'not-undone')
    expect(finding).toMatchObject({ severity: 'warning', keys: [cloud.box.key, cloud.box.key] })
    expect(finding?.message).toBe(
      `cloud:box box: unprotect was done (lock) for ${cloud.box.key}, which stays, and could not be put back: ` +
        `InternalError: ProtectBox: internal error. Its value is in the ledger; ` +
        `resumeTeardown({ runId: '${report.runId}', then: 'undo' }) tries again`,
    )
    expect(report.outcome).toBe('incomplete')
  })

  it('tells at once when it may not be put back', async () => {
    const cloud = guarded()
    cloud.world.fail(denied)
    cloud.world.fail({ what: 'denied', effect: 'write', call: 'ProtectBox' })
    const { report } = await tearDown(cloud, { policy: lift, maxAmendments: 0 })
    expect(writesOf(cloud).filter((one) => one.startsWith('ProtectBox'))).toHaveLength(1)
    expect(report.findings.map(({ code }) => code)).toContain('not-undone')
  })

  it('puts back the last change first', async () => {
    const cloud = exactCloud()
    cloud.world.add({ kind: 'cloud:box', id: 'box', tags: mine, protections: ['a', 'b', 'c'] })
    cloud.world.fail(denied)
    const { report } = await tearDown(cloud, { policy: lift, maxAmendments: 0 })
    const steps = report.steps.map(({ step, result }) => [step, result] as const)
    const done = steps.filter(([, result]) => result === 'done').map(([step]) => step)
    expect(done).toHaveLength(3)
    expect(steps.filter(([, result]) => result === 'undone').map(([step]) => step)).toEqual(done.reverse())
    expect(await protectionsOf(cloud)).toEqual(['box protected'])
  })
})

describe('a link that is cut', () => {
  /** Two groups that name each other; the removal of one may be refused. */
  function groups(): MemoryCloud {
    const cloud = exactCloud({ kinds: [{ name: 'cloud:rule', link: true }] })
    const a = cloud.world.add({ kind: 'cloud:group', id: 'sg-a', tags: mine })
    const b = cloud.world.add({ kind: 'cloud:group', id: 'sg-b', tags: mine })
    for (const [id, holder, names] of [
      ['a-b', a, b],
      ['b-a', b, a],
    ] as const)
      cloud.world.add({
        kind: 'cloud:rule',
        id,
        partOf: [{ of: holder, field: 'group', alone: true }],
        uses: [{ to: names, field: 'names' }],
      })
    return cloud
  }

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
    expect(stepsOf(report)).toEqual(['quiesce asg: done', 'remove box: failed', 'quiesce asg: undone'])
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
