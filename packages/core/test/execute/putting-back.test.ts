import { describe, expect, it } from 'vitest'
import { type Fault, type MemoryCloud, MemoryCloudError } from '../../src/kit/testing/index.ts'
import { guarded, lift } from './guarded.ts'
import { entriesOf, exactCloud, idOf, mine, speaking, stepsOf, tearDown, writesOf } from './tear-down.ts'

const protectionsOf = async (cloud: MemoryCloud): Promise<string[]> => {
  const again = await tearDown(cloud, { maxAmendments: 0 })
  return again.plan.blocked.map(({ key, reason }) => `${idOf(key)} ${reason}`)
}

describe('a removal that does not come about', () => {
  const denied: Fault = { what: 'denied', effect: 'write', call: 'DeleteBox' }

  it('has its protection put back, and that is told and written down', async () => {
    const cloud = guarded()
    cloud.world.fail(denied)
    const { report, events, ledger, plan } = await tearDown(cloud, { policy: lift, maxAmendments: 0 })
    expect(stepsOf(report)).toEqual(['unprotect box: done', 'remove box: failed', 'unprotect box: undone'])
    expect(report.steps.at(-1)).toStrictEqual({
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

  it('is not taken to be on its way because an answer is from before it failed', async () => {
    const cloud = guarded({ goingMs: 2_000 }, { rules: { failsTimes: 9 } })
    const seen: Record<string, unknown[]> = {}
    const lagging = speaking(cloud, 'cloud:box', (kind) => ({
      async read(io, id) {
        const raw = await kind.read?.(io, id)
        const { phase } = kind.facts(raw)
        seen[phase] = [...(seen[phase] ?? []), raw]
        // two looks settle that it failed; the one after them is the first of putting back
        return phase === 'failed' && seen[phase].length === 3 ? seen['going']?.[0] : raw
      },
    }))
    const { report } = await tearDown(lagging, { policy: lift, maxAmendments: 0 })
    expect(seen['failed']?.length).toBeGreaterThan(3)
    expect(stepsOf(report)).toEqual(['unprotect box: done', 'remove box: blocked', 'unprotect box: undone'])
    expect(await protectionsOf(cloud)).toEqual(['box protected'])
  })

  it('has nothing put back where the thing went after all, or another has taken its place', async () => {
    for (const then of ['gone', 'replaced', 'listed as gone'] as const) {
      const cloud = guarded({ idIsName: true, ...(then === 'listed as gone' ? { tombstoneMs: 600_000 } : {}) })
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

  it.each([1, 2])('has its protection put back also where one listing lacks it (%i)', async (which) => {
    const cloud = guarded({ finds: { read: false, ids: false } })
    cloud.world.fail(denied)
    let looks = Number.NaN
    const { report } = await tearDown(
      speaking(cloud, 'cloud:box', (kind) => ({
        find: {
          async *all(io) {
            if (++looks !== which) yield* kind.find.all(io)
          },
        },
        async remove(io, it, how) {
          looks = 0
          await kind.remove?.(io, it, how)
        },
      })),
      { policy: lift, maxAmendments: 0 },
    )
    expect(stepsOf(report)).toEqual(['unprotect box: done', 'remove box: failed', 'unprotect box: undone'])
    expect(writesOf(cloud).at(-1)).toBe('ProtectBox box ok')
  })

  it('has its protection put back also where reads still show it as it was', async () => {
    const cloud = guarded()
    cloud.world.fail(denied)
    let liftedAt = Number.NaN
    const { report } = await tearDown(
      speaking(cloud, 'cloud:box', (kind) => ({
        unprotect: {
          ...(kind.unprotect as NonNullable<typeof kind.unprotect>),
          async apply(io, it, id) {
            await kind.unprotect?.apply(io, it, id)
            liftedAt = cloud.context.monotonic()
          },
        },
        facts(raw) {
          const facts = kind.facts(raw)
          const lags = cloud.context.monotonic() - liftedAt < 5_000
          return lags ? { ...facts, protections: [{ id: 'lock', liftable: true, says: 'box' }] } : facts
        },
      })),
      { policy: lift, maxAmendments: 0 },
    )
    expect(stepsOf(report)).toEqual(['unprotect box: done', 'remove box: failed', 'unprotect box: undone'])
    expect(writesOf(cloud).at(-1)).toBe('ProtectBox box ok')
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
    expect(stepsOf(report)).toEqual(['unprotect box: done', 'remove box: failed'])
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

  it('is put back by the call whose answer was lost, and told as put back', async () => {
    const cloud = guarded()
    cloud.world.fail(denied)
    cloud.world.fail({ what: 'lost-response', effect: 'write', call: 'ProtectBox', times: 1 })
    const { report } = await tearDown(cloud, { policy: lift, maxAmendments: 0 })
    expect(stepsOf(report).at(-1)).toBe('unprotect box: undone')
    expect(writesOf(cloud).filter((one) => one.startsWith('ProtectBox'))).toEqual(['ProtectBox box ok, answer lost'])
  })

  it('has nothing put back where only a listing that lags still shows what was removed', async () => {
    const cloud = guarded({ finds: { read: false } })
    const { report } = await tearDown(cloud, {
      policy: lift,
      maxAmendments: 0,
      settleMs: 0,
      onEvent: ({ type }) => type === 'gone' && cloud.world.fail({ what: 'stale', staleMs: 3_600_000, times: 3 }),
    })
    expect(stepsOf(report)).toEqual(['unprotect box: done', 'remove box: done'])
    expect(writesOf(cloud)).toEqual(['UnprotectBox box ok', 'DeleteBox box ok'])
  })

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

  it.each([
    ['Conflict', 2, 'undone', 3],
    ['NotFound', 99, 'undone', 1],
    ['Invalid', 99, 'failed', 1],
  ] as const)('has the answer %s to putting it back understood', async (word, times, result, calls) => {
    const cloud = guarded()
    cloud.world.fail(denied)
    let count = 0
    const { report } = await tearDown(
      speaking(cloud, 'cloud:box', (kind) => ({
        unprotect: {
          ...(kind.unprotect as NonNullable<typeof kind.unprotect>),
          async undo(io, it, before) {
            if (++count <= times) throw new MemoryCloudError(word, 'no')
            await kind.unprotect?.undo(io, it, before)
          },
        },
      })),
      { policy: lift, maxAmendments: 0 },
    )
    expect(stepsOf(report).at(-1)).toBe(`unprotect box: ${result}`)
    expect(count).toBe(calls)
    expect(report.findings.some(({ code }) => code === 'not-undone')).toBe(result === 'failed')
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
