import { describe, expect, it } from 'vitest'
import { type Fault, MemoryCloudError } from '../../src/kit/testing/index.ts'
import { guarded, lift } from './guarded.ts'
import { entriesOf, failureOf, speaking, stepsOf, tearDown, writesOf } from './tear-down.ts'

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

  it.each([
    [1, 'denied', ['unprotect box: failed', 'remove box: skipped'], []],
    [9, 'error', ['unprotect box: done', 'remove box: done'], ['UnprotectBox box ok', 'DeleteBox box ok']],
  ] as const)('is not taken for lifted because the second look fails (%i × %s)', async (times, what, ends, writes) => {
    const cloud = guarded({ more: true })
    const { report } = await tearDown(cloud, {
      policy: lift,
      maxAmendments: 0,
      meanwhile: () => cloud.world.fail({ what, call: 'DescribeBoxs', times }),
    })
    expect(stepsOf(report)).toEqual(ends)
    expect(writesOf(cloud)).toEqual(writes)
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

  it.each([
    ['Conflict', 'done', 'done'],
    ['InUse', 'blocked', 'skipped'],
    ['Invalid', 'failed', 'skipped'],
  ] as const)('has the answer %s understood: the step is %s', async (word, lifted, removed) => {
    const cloud = guarded()
    let count = 0
    const { report } = await tearDown(
      speaking(cloud, 'cloud:box', (kind) => ({
        unprotect: {
          ...(kind.unprotect as NonNullable<typeof kind.unprotect>),
          async apply(io, it, id) {
            if (++count <= 2) throw new MemoryCloudError(word, 'no')
            await kind.unprotect?.apply(io, it, id)
          },
        },
      })),
      { policy: lift, maxAmendments: 0 },
    )
    expect(stepsOf(report).slice(0, 2)).toEqual([`unprotect box: ${lifted}`, `remove box: ${removed}`])
    expect(count).toBe(lifted === 'done' ? 3 : 1)
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
