import { describe, expect, it } from 'vitest'
import { executeTeardown, explain, type Plan, planTeardown, type Report, type ResourceKey } from '../../src/index.ts'
import { memoryCloud } from '../../src/kit/testing/index.ts'
import type { Leftover, LeftReason } from '../../src/model/report.ts'
import { changesFor } from '../../src/plan/what-would-change.ts'
import { keyOf, type Sketch } from '../support/discovery.ts'
import { idOf, planOf } from './planned.ts'

const it1 = keyOf('it')
const goes = 'it goes, unless something else keeps it too'
const blocker = (id: string, reason: Leftover['blockers'][number]['reason']) => ({
  key: keyOf(id),
  reason,
  because: 'x',
})

describe('what would change it, where it stays because', () => {
  const approve = { what: "policy.approve: ['it']", then: goes }
  const again = { what: 'resumeTeardown, or plan and execute again, when the cause is mended', then: goes }
  const advice: readonly (readonly [LeftReason, readonly (readonly [what: string, then: string])[]])[] = [
    ['kept-by-policy', [['take what names it out of policy.keep', goes]]],
    ['shared', [['the others that share it give it up', 'only then can it be removed, by its owner']]],
    ['foreign', [['its owner removes it', 'no policy removes what is proved to be of another']]],
    ['not-ours', [[approve.what, approve.then]]],
    ['disputed', [[approve.what, approve.then]]],
    [
      'retained',
      [
        [approve.what, approve.then],
        ["policy.retained: 'remove'", 'it goes with all data of the target'],
      ],
    ],
    [
      'suspected',
      [
        [approve.what, approve.then],
        ["policy.suspected: 'remove'", 'everything suspected goes'],
      ],
    ],
    [
      'holds-data',
      [
        [approve.what, approve.then],
        ["policy.retained: 'keep'", 'it stays, and the outcome is retained'],
      ],
    ],
    ['protected', [["policy.liftProtection: ['it']", 'its protection is lifted for the removal']]],
    ['too-young', [['wait, or lower policy.minAgeMs', goes]]],
    [
      'unseen',
      [['give the missing permission, or wait until the listing works', 'it can be told whether anything uses it']],
    ],
    ['writer', [['remove or silence what makes it again', goes]]],
    ['fixed', []],
    ['needed', []],
    ['no-removal', []],
    [
      'cycle',
      [['policy.approve with the id of a link between it and what it waits for', 'the link is cut, and both go']],
    ],
    ['denied', [['give the missing permission', 'resumeTeardown removes it']]],
    ['stuck', [['ask the operator of the provider to move it', 'resumeTeardown removes it']]],
    ['timed-out', [['a longer stepTimeoutMs, or look why the provider is slow', 'resumeTeardown waits for it']]],
    ['failed', [[again.what, again.then]]],
    ['not-reached', [[again.what, again.then]]],
    ['interrupted', [['resumeTeardown', 'the run goes on']]],
    ['new', [['find what makes it; then plan and execute again', goes]]],
  ]
  it.each(advice)('%s', (reason, changes) => {
    expect(changesFor(it1, reason, []).map(({ what, then }) => [what, then])).toEqual(changes)
  })

  it.each(['used', 'part-stays', 'whole-stays', 'serves'] as const)(
    '%s: what would change the last one of what holds it, which it then follows',
    (reason) => {
      const chain = [blocker('near', 'used'), blocker('far', 'suspected')]
      expect(changesFor(it1, reason, chain)).toEqual([
        { what: "policy.approve: ['far']", then: 'it goes after far' },
        { what: "policy.suspected: 'remove'", then: 'it goes after far' },
      ])
      expect(changesFor(it1, reason, [])).toEqual([])
    },
  )

  it('server: the controller comes back, or is not needed', () => {
    const [back, direct, ...more] = changesFor(it1, 'server', [])
    expect(back).toEqual({ what: 'bring back the controller that finishes its removal', then: goes })
    expect(direct?.what).toMatch(/^policy\.(route|releaseFinalizers)/)
    expect(direct?.then).toMatch(/it goes without the controller$/)
    expect(more).toEqual([])
  })
})

describe('explain tells of a step', () => {
  const sketches: readonly Sketch[] = [
    { id: 'vpc' },
    { id: 'lb', uses: ['vpc'] },
    { id: 'eni', uses: ['vpc'], partOf: ['lb'], abilities: { remove: false } },
    { id: 'writer', uses: ['vpc'] },
    { id: 'made', restoredBy: ['writer'], uses: ['vpc'] },
    { id: 'server', uses: ['vpc'], facts: { serves: true } },
    { id: 'served', servedBy: ['server'], uses: ['vpc'] },
    { id: 'bucket', owned: 'suspected' },
  ]
  const plan: Plan = planOf(sketches)
  const around = (id: string, side: 'after' | 'before'): string[] =>
    explain(plan, id)[side].map(({ action, key, step, because }) => {
      expect(plan.steps[step]).toMatchObject({ action, target: key })
      return `${action} ${idOf(key)}: ${because.join('; ')}`
    })

  it('what it waits for, by the relation, also where a part or a writer is the reason', () => {
    expect(around('made', 'after')).toEqual([
      'remove writer: test:thing writer would make test:thing made again: writes',
    ])
    expect(around('writer', 'before')).toEqual([
      'remove made: test:thing writer would make test:thing made again: writes',
      'remove vpc: test:thing writer uses test:thing vpc: uses',
    ])
    expect(around('server', 'after')).toEqual(['remove served: test:thing served uses test:thing server: serves'])
    expect(around('vpc', 'after')).toContain('await eni: test:thing eni uses test:thing vpc: uses')
    expect(around('vpc', 'before')).toEqual([])
    expect(around('lb', 'after')).toEqual([])
  })

  it('of a part that goes with its whole: the step that waits for it', () => {
    expect(around('eni', 'before')).toEqual(['remove vpc: test:thing eni uses test:thing vpc: uses'])
    expect(explain(plan, 'eni').fate).toBe('await')
    expect(explain(plan, 'eni').step).toBe(plan.steps.findIndex(({ action }) => action === 'await'))
    expect(explain(plan, 'eni').after.map(({ key }) => idOf(key))).toEqual(['lb'])
  })

  it('what it would take to stay; of what stays, how it would go, and its command', () => {
    expect(explain(plan, 'vpc')).toMatchObject({
      fate: 'remove',
      chain: [],
      manual: [],
      ownership: 'owned',
      changes: [{ what: "policy.keep: ['vpc']", then: 'it stays, with everything that it uses' }],
    })
    expect(explain(plan, 'vpc')).not.toHaveProperty('reason')
    const bucket = explain(plan, 'bucket')
    expect(bucket).toMatchObject({ fate: 'ask', reason: 'suspected', after: [], before: [], ownership: 'suspected' })
    expect(bucket).not.toHaveProperty('step')
    expect(bucket.changes).toEqual(changesFor(keyOf('bucket'), 'suspected', []))
    const stranger = explain(planOf([{ id: 'it' }, { id: 'theirs', owned: 'foreign', uses: ['it'] }]), 'theirs')
    expect(stranger).toMatchObject({ fate: 'keep', changes: [] })
  })
})

describe('explain tells of a report', () => {
  async function reportOf(): Promise<Report> {
    const { world, adapters, context } = memoryCloud({ seed: 1 })
    const mine = { cluster: 'ci-1' }
    const net = world.add({ kind: 'cloud:net', id: 'net', tags: mine })
    world.add({ kind: 'cloud:box', id: 'box', tags: mine, uses: [{ to: net, field: 'net' }] })
    world.add({ kind: 'cloud:disk', id: 'disk', tags: mine })
    world.add({ kind: 'cloud:disk', id: 'kept', tags: mine })
    world.fail({ what: 'denied', effect: 'write', id: 'box' })
    const plan = await planTeardown({ adapters, context, target: mine, policy: { keep: ['kept'] } })
    return executeTeardown(plan, { adapters, context }).report
  }

  it('what was removed by which step, what is left and why, what was kept', async () => {
    const report = await reportOf()
    const [removed] = report.removed
    expect(explain(report, 'disk')).toEqual({
      key: removed?.key,
      after: [],
      before: [],
      chain: [],
      manual: [],
      fate: 'removed',
      step: removed?.step,
      because: [`read as gone at ${removed?.at} (not-found)`],
      evidence: [],
      changes: [],
    })
    const box = report.left.find(({ key }) => idOf(key) === 'box') as Leftover
    expect(explain(report, 'box')).toEqual({
      key: box.key,
      fate: 'left',
      because: [box.because],
      reason: 'denied',
      ownership: 'owned',
      evidence: box.ownership.evidence,
      after: [],
      before: [],
      chain: box.blockers,
      changes: [{ what: 'give the missing permission', then: 'resumeTeardown removes it' }],
      manual: ['cloud delete box box'],
    })
    expect(explain(report, 'kept')).toEqual({
      key: report.kept[0]?.key,
      evidence: [],
      after: [],
      before: [],
      chain: [],
      manual: [],
      fate: 'keep',
      reason: 'kept-by-policy',
      because: ['policy.keep names kept'],
      changes: [{ what: 'take what names kept out of policy.keep', then: goes }],
    })
  })

  it('how the last step of something ended that it says nothing else of, and what somebody else removed', async () => {
    const report = await reportOf()
    const box = report.left.find(({ key }) => idOf(key) === 'box') as Leftover
    const failed = explain({ ...report, left: [] }, box.key)
    expect(failed.fate).toBe('unknown')
    expect(failed.because).toEqual([expect.stringMatching(/^its last step ended failed: not allowed/)])
    const skipped = explain({ ...report, left: [] }, 'net')
    expect(skipped.because).toEqual(['its last step ended skipped'])
    const [removed] = report.removed
    if (!removed) throw new Error('nothing was removed')
    const { step: _, ...byOthers } = removed
    expect(explain({ ...report, removed: [byOthers] }, 'disk')).not.toHaveProperty('step')
  })

  it('that it does not know what nobody named', async () => {
    const report = await reportOf()
    expect(explain(report, 'nobody')).toEqual({
      key: 'nobody',
      fate: 'unknown',
      because: [
        `the report of ${report.runId} does not have it: nothing said that it is the target's, and nothing of the target uses it`,
      ],
      evidence: [],
      after: [],
      before: [],
      chain: [],
      changes: [{ what: "policy.approve: ['nobody']", then: 'it comes into play, if it exists and is not of another' }],
      manual: [],
    })
    expect(explain(planOf([{ id: 'it' }]), keyOf('nobody') as ResourceKey).because[0]).toMatch(
      /^the plan for \{"cluster":"c"\} does not have it: /,
    )
  })

  it('only one thing by one id', async () => {
    const report = await reportOf()
    const [box] = report.left
    const twin = { ...box, key: keyOf('box') } as Leftover
    expect(() => explain({ ...report, left: [...report.left, twin] }, 'box')).toThrow(
      expect.objectContaining({
        code: 'not-unique',
        message: expect.stringMatching(/^"box" is the id of 2 resources; ask for one key of \S+, \S+$/),
      }),
    )
  })
})
