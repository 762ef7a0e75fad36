import { describe, expect, it } from 'vitest'
import type { Policy, Report } from '../../src/index.ts'
import {
  type MemoryCloud,
  MemoryCloudError,
  type MemoryKind,
  type NewResource,
  type WorldResource,
} from '../../src/kit/testing/index.ts'
import { exactCloud, failureOf, idOf, mine, speaking, stepsOf, type TornDown, tearDown, writesOf } from './tear-down.ts'

const finalizer = 'service/cleanup'
const policy: Policy = { releaseFinalizers: [finalizer] }

/** A service whose controller is not there, and the balancers that it was made for. */
function orphaned(
  balancers: readonly Partial<NewResource>[] = [{ id: 'lb' }],
  kind: Partial<MemoryKind> = {},
): MemoryCloud & { readonly service: WorldResource } {
  const cloud = exactCloud({ kinds: [{ name: 'cloud:balancer', ...kind }] })
  const service = cloud.world.add({
    kind: 'kube:service',
    id: 'web',
    aliases: ['service:web'],
    tags: mine,
    servedBy: { by: { alias: 'controller:elb' }, finalizer },
  })
  const partOf = [{ of: service, field: 'made for', alone: true }]
  for (const one of balancers) cloud.world.add({ kind: 'cloud:balancer', tags: mine, partOf, ...one })
  return { ...cloud, service }
}

const once = { policy, maxAmendments: 0 }
const asked = ({ events }: TornDown): string[] =>
  events.flatMap((one) => (one.type === 'step-asked' ? [`${one.action} ${idOf(one.key)}`] : []))
const notReleased = ({ findings }: Report): string[] =>
  findings.flatMap(({ code, message, keys }) =>
    code === 'not-released' ? [`${keys.map(idOf).join()} ${message}`] : [],
  )
const warnings = ({ findings }: Report): string[] =>
  findings.flatMap(({ code, severity, keys }) => (severity === 'warning' ? [`${code} ${keys.map(idOf).join()}`] : []))

describe('a release', () => {
  it('is told as asked for once, also where it took two calls, and loses no time over a proof that is gone', async () => {
    const cloud = orphaned()
    cloud.world.fail({ what: 'lost-request', call: 'ReleaseService', times: 1 })
    const done = await tearDown(cloud, once)
    expect(stepsOf(done.report)).toEqual(['remove lb: done', 'release web: done', 'remove web: done'])
    expect(asked(done)).toEqual(['remove lb', 'release web', 'remove web'])
    expect(warnings(done.report)).toEqual([])
    const quick = await tearDown(orphaned(), once)
    const [, release] = quick.report.steps
    expect(Date.parse(release?.endedAt ?? '') - Date.parse(release?.startedAt ?? '')).toBeLessThan(100)
  })

  it('is not asked for where the finalizer stands no more and another one does', async () => {
    const cloud = orphaned()
    let handedOn = false
    const done = await tearDown(
      speaking(cloud, 'kube:service', (kind) => ({
        facts(raw) {
          const facts = kind.facts(raw)
          const relations = facts.relations.map((one) =>
            handedOn && one.type === 'servedBy' ? { ...one, finalizer: 'another/one' } : one,
          )
          return { ...facts, relations }
        },
      })),
      {
        ...once,
        stepTimeoutMs: 10_000,
        meanwhile: () => {
          handedOn = true
        },
      },
    )
    expect(stepsOf(done.report).slice(0, 2)).toEqual(['remove lb: done', 'release web: done'])
    expect(asked(done)).not.toContain('release web')
    expect(writesOf(cloud)).not.toContain('ReleaseService web ok')
  })

  it('that is refused is told with the reason, and no removal that fails is told as one', async () => {
    const cloud = orphaned()
    cloud.world.add({ kind: 'cloud:box', id: 'box', tags: mine })
    for (const call of ['ReleaseService', 'DeleteBox']) cloud.world.fail({ what: 'denied', call })
    const done = await tearDown(cloud, once)
    expect(stepsOf(done.report).sort()).toEqual([
      'release web: failed',
      'remove box: failed',
      'remove lb: done',
      'remove web: skipped',
    ])
    expect(asked(done)).toEqual(['remove lb'])
    expect(notReleased(done.report)).toEqual([
      expect.stringMatching(/^web kube:service web: AccessDenied: .*ReleaseService/),
    ])
    // it was asked for, so nobody can tell that nothing came of it
    expect(done.report.findings.filter(({ code }) => code === 'not-undone')).toHaveLength(1)
  })

  it('fails where the adapter that runs it has no way to release', async () => {
    let older = false
    const { report } = await tearDown(
      speaking(orphaned(), 'kube:service', () => (older ? ({ release: undefined } as never) : {})),
      {
        ...once,
        meanwhile: () => {
          older = true
        },
      },
    )
    expect(failureOf(report, 'web')).toBe('unsupported, NoSuchAbility: kube:service has no release')
    expect(notReleased(report)).toEqual(['web kube:service web: NoSuchAbility: kube:service has no release'])
  })

  it('of what its provider does not move is told as well', async () => {
    const cloud = orphaned()
    const { report } = await tearDown(cloud, {
      ...once,
      meanwhile: () => cloud.world.change(cloud.service, { phase: 'stuck' }),
    })
    expect(stepsOf(report)).toEqual(['remove lb: done', 'release web: stuck', 'remove web: skipped'])
    expect(notReleased(report)).toEqual([
      'web kube:service web: stuck: it is stuck since 2026-01-01T00:00:00.000Z and its provider does not move it',
    ])
  })

  it('does not come about where what it stands for cannot be read', async () => {
    const cloud = orphaned()
    const { report } = await tearDown(cloud, {
      ...once,
      onEvent: (event) =>
        event.type === 'gone' &&
        idOf(event.key) === 'lb' &&
        cloud.world.fail({ what: 'denied', effect: 'read', kind: 'cloud:balancer' }),
    })
    expect(stepsOf(report)).toEqual(['remove lb: done', 'release web: blocked', 'remove web: skipped'])
    expect(failureOf(report, 'web')).toMatch(
      /^blocked, NoProof: finalizer service\/cleanup stays: cloud:balancer lb, which it stands for, could not be read: .*GetBalancer/,
    )
    expect(writesOf(cloud)).toEqual(['DeleteBalancer lb ok'])
  })

  it('that waits for its proof ends when the run is stopped: nobody knows yet whether it may', async () => {
    const cloud = orphaned()
    const stopping = new AbortController()
    const { report } = await tearDown(cloud, {
      ...once,
      signal: stopping.signal,
      onEvent(event) {
        if (event.type !== 'gone') return
        cloud.world.add({ kind: 'cloud:balancer', id: 'lb', tags: mine })
        void cloud.context.sleep(10_000).then(() => stopping.abort())
      },
    })
    expect(stepsOf(report)).toEqual(['remove lb: done', 'release web: aborted', 'remove web: skipped'])
    expect(notReleased(report)).toEqual([])
  })

  it('whose proof took long looks at all of it again: what was gone may stand again', async () => {
    const cloud = orphaned([{ id: 'lb-1' }, { id: 'lb-2' }])
    const again = (id: string): WorldResource =>
      cloud.world.add({ kind: 'cloud:balancer', id, tags: { cluster: 'prod' } })
    let gone = 0
    const { report } = await tearDown(cloud, {
      ...once,
      onEvent(event) {
        if (event.type !== 'gone' || ++gone < 2) return
        const late = again('lb-2')
        cloud.world.after(4_000, () => void again('lb-1'))
        cloud.world.after(8_000, () => cloud.world.remove(late))
      },
    })
    expect(failureOf(report, 'web')).toBe(
      'blocked, NoProof: finalizer service/cleanup stays: cloud:balancer lb-1, which it stands for, is still there',
    )
    expect(writesOf(cloud)).toEqual(['DeleteBalancer lb-1 ok', 'DeleteBalancer lb-2 ok'])
  })

  it.each(['cannot be read at first', 'is missing from one listing'])(
    'does not come about where what it stands for stands, and %s',
    async (how) => {
      const listed = how === 'is missing from one listing'
      const cloud = orphaned(undefined, { finds: { read: !listed, ids: false } })
      let hidden = 0
      const { report } = await tearDown(
        speaking(cloud, 'cloud:balancer', (kind) => ({
          find: {
            async *all(io) {
              if (!listed || --hidden !== 0) yield* kind.find.all(io)
            },
          },
          ...(kind.read && {
            async read(io, id) {
              if (--hidden === 0) throw new MemoryCloudError('Unknown', 'no')
              return kind.read?.(io, id)
            },
          }),
        })),
        {
          ...once,
          onEvent(event) {
            if (event.type !== 'gone') return
            cloud.world.add({ kind: 'cloud:balancer', id: 'lb', tags: mine })
            hidden = 1
          },
        },
      )
      expect(stepsOf(report)).toEqual(['remove lb: done', 'release web: blocked', 'remove web: skipped'])
      expect(writesOf(cloud)).toEqual(['DeleteBalancer lb ok'])
    },
  )

  it('comes to an end where something of ours stands again under the id of what proved it', async () => {
    const cloud = orphaned([{ id: 'lb-1' }, { id: 'lb-2' }])
    let gone = 0
    const { report } = await tearDown(cloud, {
      ...once,
      onEvent(event) {
        if (event.type === 'gone' && ++gone === 2) cloud.world.add({ kind: 'cloud:balancer', id: 'lb-1', tags: mine })
      },
    })
    expect(failureOf(report, 'web')).toBe(
      'blocked, NoProof: finalizer service/cleanup stays: cloud:balancer lb-1, which it stands for, is still there',
    )
    expect(report.left.map(({ key }) => idOf(key))).toContain('lb-1')
  })

  it('does not wait until a listing has forgotten what a read by id does not find', async () => {
    const cloud = orphaned([{ id: 'lb-1' }, { id: 'lb-2' }], { goingMs: 30_000 })
    let gone = 0
    const { report } = await tearDown(cloud, {
      ...once,
      onEvent: (event) =>
        event.type === 'gone' &&
        ++gone === 2 &&
        cloud.world.fail({ what: 'stale', call: 'FindBalancers', staleMs: 25_000, times: 100 }),
    })
    const release = report.steps.find(({ action }) => action === 'release')
    expect(release?.result).toBe('done')
    expect(Date.parse(release?.endedAt ?? '') - Date.parse(release?.startedAt ?? '')).toBeLessThan(5_000)
  })

  it('is told as standing once, however often it was sent, where what it freed does not go', async () => {
    const cloud = orphaned()
    cloud.world.fail({ what: 'lost-request', call: 'ReleaseService', times: 3 })
    cloud.world.fail({ what: 'denied', call: 'DeleteService' })
    const { report } = await tearDown(cloud, once)
    expect(stepsOf(report).slice(1)).toEqual(['release web: done', 'remove web: failed'])
    expect(warnings(report)).toEqual(['not-undone web'])
    expect(report.left.map(({ because }) => because)).toEqual([expect.stringMatching(/^AccessDenied|may not/)])
  })
})
