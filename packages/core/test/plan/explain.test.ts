import { describe, expect, it } from 'vitest'
import {
  executeTeardown,
  explain,
  type Plan,
  type Policy,
  planTeardown,
  type ResourceKey,
  renderExplanation,
} from '../../src/index.ts'
import { type MemoryCloud, memoryCloud } from '../../src/kit/testing/index.ts'

const mine = { cluster: 'ci-1' }

/** A network with a box of ours and one of another on its first subnet, a suspected disk, a protected bucket. */
function cloud(): MemoryCloud {
  const it = memoryCloud({ seed: 1 })
  const { world } = it
  const net = world.add({ kind: 'cloud:net', id: 'net', tags: mine })
  const subnet = world.add({ kind: 'cloud:subnet', id: 'subnet', tags: mine, uses: [{ to: net, field: 'net' }] })
  const free = world.add({ kind: 'cloud:subnet', id: 'free', tags: mine, uses: [{ to: net, field: 'net' }] })
  world.add({ kind: 'cloud:box', id: 'box', tags: mine, uses: [{ to: free, field: 'subnet' }] })
  world.add({ kind: 'cloud:box', id: 'theirs', tags: { cluster: 'ci-2' }, uses: [{ to: subnet, field: 'subnet' }] })
  world.add({ kind: 'cloud:disk', id: 'disk', uses: [{ to: free, field: 'subnet' }] })
  world.add({ kind: 'cloud:bucket', id: 'bucket', tags: mine, protections: ['lock'] })
  return it
}

async function planOf({ adapters, context }: MemoryCloud, policy: Policy): Promise<Plan> {
  return planTeardown({ adapters, context, target: mine, policy })
}

describe('explain, of a plan', () => {
  it('tells what goes before and after, and by which field', async () => {
    const plan = await planOf(cloud(), { ifBlocked: 'continue', suspected: 'remove' })
    const box = explain(plan, 'box')
    expect(box.fate).toBe('remove')
    expect(box.after).toEqual([])
    expect(box.before.map(({ key }) => key.split('/').at(-1))).toEqual(['free'])
    expect(box.before[0]?.because).toEqual(['cloud:box box uses cloud:subnet free: subnet'])
    const free = explain(plan, 'free')
    expect(free.after.map(({ key }) => key.split('/').at(-1)).sort()).toEqual(['box', 'disk'])
    expect(free.after[0]?.because[0]).toMatch(/uses cloud:subnet free/)
    expect(box.evidence[0]).toMatchObject({ strength: 'proof', field: 'tag cluster', value: 'ci-1' })
    expect(box.changes).toEqual([{ what: "policy.keep: ['box']", then: 'it stays, with everything that it uses' }])
  })

  it('follows the chain of what is blocked to the owner who decides', async () => {
    const plan = await planOf(cloud(), { ifBlocked: 'continue', suspected: 'remove' })
    const net = explain(plan, 'net')
    expect(net.fate).toBe('blocked')
    expect(net.chain.map(({ key }) => key.split('/').at(-1))).toEqual(['subnet', 'theirs'])
    expect(net.changes).toEqual([{ what: 'its owner removes it', then: 'net goes after theirs' }])
    expect(renderExplanation(net)).toContain('Held by: cloud:subnet subnet ← cloud:box theirs')
  })

  it('says what would change the answer, and that is what changes it', async () => {
    const one = cloud()
    const asked: Policy = { ifBlocked: 'continue' }
    const plan = await planOf(one, asked)
    expect(explain(plan, 'disk').changes[0]?.what).toBe("policy.approve: ['disk']")
    expect(explain(await planOf(one, { ...asked, approve: ['disk'] }), 'disk').fate).toBe('remove')
    expect(explain(plan, 'bucket').changes[0]?.what).toBe("policy.liftProtection: ['bucket']")
    const lifted = explain(await planOf(one, { ...asked, liftProtection: ['bucket'] }), 'bucket')
    expect(lifted.fate).toBe('remove')
    expect(lifted.after.map(({ action }) => action)).toEqual(['unprotect'])
  })

  it('answers for what the plan does not have, and refuses an id that two resources have', async () => {
    const one = cloud()
    one.world.add({ kind: 'cloud:disk', id: 'box', tags: mine })
    const plan = await planOf(one, { ifBlocked: 'continue' })
    expect(explain(plan, 'elsewhere')).toMatchObject({ fate: 'unknown', key: 'elsewhere' })
    expect(() => explain(plan, 'box')).toThrow(/"box" is the id of 2 resources.*cloud:box.*cloud:disk/)
    const [key] = plan.resources.map((resource) => resource.key)
    expect(explain(plan, key as ResourceKey).key).toBe(key)
  })
})

describe('explain, of a report', () => {
  it('tells what became of each, with the proof or with what holds it', async () => {
    const one = cloud()
    const { adapters, context } = one
    const plan = await planOf(one, { ifBlocked: 'continue', suspected: 'remove' })
    const report = await executeTeardown(plan, { adapters, context }).report
    expect(explain(report, 'box')).toMatchObject({ fate: 'removed' })
    expect(explain(report, 'box').because[0]).toMatch(/^read as gone at .* \((not-found|two-absences)\)$/)
    const net = explain(report, 'net')
    expect(net.fate).toBe('left')
    expect(net.chain.at(-1)?.reason).toBe('foreign')
    expect(explain(report, 'nothing').fate).toBe('unknown')
    for (const { key } of [...report.removed, ...report.left, ...report.kept])
      expect(renderExplanation(explain(report, key))).not.toContain('undefined')
  })
})

describe('approval', () => {
  it('of a whole means its parts, but neither the data nor the disputes in it', async () => {
    const { world, adapters, context } = memoryCloud({ seed: 1 })
    const net = world.add({ kind: 'cloud:net', id: 'net', tags: mine })
    const box = world.add({ kind: 'cloud:box', id: 'box', uses: [{ to: net, field: 'net' }] })
    world.add({
      kind: 'cloud:port',
      id: 'port',
      partOf: [{ of: box, field: 'box' }],
      uses: [{ to: net, field: 'net' }],
    })
    const planned = await planTeardown({ adapters, context, target: mine, policy: { approve: ['box'] } })
    expect(planned.blocked).toEqual([])
    expect(explain(planned, 'port').because).toEqual(['part of what is approved by id'])
    expect((await executeTeardown(planned, { adapters, context }).report).outcome).toBe('clean')
  })
})
