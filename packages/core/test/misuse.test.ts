import { describe, expect, it } from 'vitest'
import {
  type Adapter,
  executeTeardown,
  MisuseError,
  type Plan,
  type PlanOptions,
  type Policy,
  parsePlan,
  planTeardown,
  resourceKey,
  splitKey,
  verifyTeardown,
} from '../src/index.ts'
import { type MemoryCloud, memoryCloud } from '../src/kit/testing/index.ts'

const target = { cluster: 'ci-1' }

function cloud(options: Parameters<typeof memoryCloud>[0] = { seed: 1 }): MemoryCloud {
  const it = memoryCloud(options)
  const vpc = it.world.add({ kind: 'cloud:vpc', id: 'vpc-1', tags: target })
  it.world.add({ kind: 'cloud:subnet', id: 'subnet-1', tags: target, uses: [{ to: vpc, field: 'VpcId' }] })
  return it
}
const writesOf = ({ world }: MemoryCloud): number => world.journal.filter(({ effect }) => effect === 'write').length
const thrown = async (work: () => unknown): Promise<MisuseError> => {
  try {
    await work()
  } catch (error) {
    if (error instanceof MisuseError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

describe('bad input is named, and nothing is touched', () => {
  it.each([
    ['an empty target', { target: {} }, 'empty-target', /target is empty/],
    ['an empty list of stacks', { target: { stacks: [] } }, 'empty-target', /target is empty/],
    [
      'a cluster without a name',
      { target: { cluster: ' ' } },
      'bad-target',
      /target\.cluster must be the name of a cluster; it is " "/,
    ],
    [
      'an unknown target',
      { target: { clsuter: 'ci-1' } },
      'unknown-option',
      /target does not know "clsuter" \("ci-1"\)/,
    ],
    ['an unknown option', { dryRun: true }, 'unknown-option', /planTeardown does not know "dryRun" \(true\)/],
    ['an unknown policy', { policy: { force: true } }, 'unknown-option', /policy does not know "force"/],
    [
      'a policy of another type',
      { policy: { retained: 'delete' } },
      'bad-policy',
      /policy\.retained must be 'ask', 'keep' or 'remove'; it is "delete"/,
    ],
    [
      'a negative number',
      { policy: { maxRemovals: -1 } },
      'bad-policy',
      /policy\.maxRemovals must be a number, not negative; it is -1/,
    ],
    ['no adapters', { adapters: [] }, 'no-adapters', /at least one adapter/],
    ['something that is no adapter', { adapters: [{ name: 'x' }] }, 'bad-adapter', /adapters\[0\] is no adapter/],
    [
      'a target that needs an adapter which does not exist yet',
      { target: { workloadsOf: 'ci-1' } },
      'unsupported-target',
      /workloadsOf/,
    ],
  ])('%s', async (_, wrong, code, message) => {
    const it = cloud()
    const options = { adapters: it.adapters, context: it.context, target, ...wrong } as unknown as PlanOptions
    const error = await thrown(() => planTeardown(options))
    expect(error.code).toBe(code)
    expect(error.message).toMatch(message)
    expect(it.world.journal).toEqual([])
  })

  it('a wrong account is a refused plan that sends nothing when it is executed', async () => {
    const it = cloud({ seed: 1, providers: [{ name: 'cloud', account: 'a-1', expectedAccount: 'a-2' }] as never })
    const { adapters, context } = it
    const plan = await planTeardown({ adapters, context, target })
    expect(plan.refused).toMatchObject([
      { code: 'wrong-account', severity: 'refusal', message: expect.stringMatching(/a-1.*a-2/) },
    ])
    const report = await executeTeardown(plan, { adapters, context }).report
    expect(report).toMatchObject({ outcome: 'refused', exitCode: 3 })
    expect(writesOf(it)).toBe(0)
  })

  it('a plan executed with the adapters of another account is refused', async () => {
    const mine = cloud({ seed: 1, providers: [{ name: 'cloud', account: 'a-1' }] as never })
    const theirs = cloud({ seed: 1, providers: [{ name: 'cloud', account: 'a-2' }] as never })
    const plan = await planTeardown({ adapters: mine.adapters, context: mine.context, target })
    const report = await executeTeardown(plan, { adapters: theirs.adapters, context: theirs.context }).report
    expect(report.outcome).toBe('refused')
    expect(report.findings).toContainEqual(
      expect.objectContaining({ code: 'wrong-adapters', message: expect.stringMatching(/a-1.*a-2/) }),
    )
    expect(writesOf(theirs)).toBe(0)
  })

  it('a policy that nothing can carry out is refused by name, not ignored', async () => {
    const { adapters, context } = cloud()
    const withDrain = (drain: unknown): Promise<Plan> =>
      planTeardown({ adapters, context, target, policy: { drain } as Policy })
    for (const mode of ['graceful', 'strict']) {
      const error = await thrown(() => withDrain({ mode, timeoutMs: 1_000 }))
      expect(error.code).toBe('unsupported-policy')
      expect(error.message).toContain(`policy.drain.mode is '${mode}'`)
    }
    for (const wrong of [{ mode: 'soft', timeoutMs: 1 }, { mode: 'none' }, 'none'])
      expect((await thrown(() => withDrain(wrong))).code).toBe('bad-policy')
    expect((await withDrain({ mode: 'none', timeoutMs: 0 })).steps).not.toEqual([])
  })

  it.each([
    ['timeoutMs', -1, 'timeoutMs must be a number, not negative; it is -1'],
    ['stepTimeoutMs', Number.NaN, 'stepTimeoutMs must be a number, not negative; it is NaN'],
    ['maxAmendments', '5', 'maxAmendments must be a number, not negative; it is "5"'],
    ['settleMs', Number.POSITIVE_INFINITY, 'settleMs must be a number, not negative; it is Infinity'],
    ['latency', [], 'latency must be an object, not []'],
    [
      'latency',
      { 'cloud:box': 1 },
      "latency['cloud:box'].typicalMs must be milliseconds, not negative; it is undefined",
    ],
    [
      'latency',
      { 'cloud:box': { typicalMs: 1, worstMs: Number.NaN } },
      "latency['cloud:box'].worstMs must be milliseconds, not negative; it is NaN",
    ],
  ])('a bad %s of a run (%j) is named, and nothing is sent', async (field, value, message) => {
    const it = cloud()
    const { adapters, context } = it
    const plan = await planTeardown({ adapters, context, target })
    const error = await thrown(() => executeTeardown(plan, { adapters, context, [field]: value }).report)
    expect(error).toMatchObject({ code: 'bad-option', message: expect.stringContaining(message) })
    expect(writesOf(it)).toBe(0)
  })

  it('an expired plan is refused', async () => {
    const it = cloud()
    const { adapters, context } = it
    const plan = await planTeardown({ adapters, context, target })
    await context.sleep(25 * 3_600_000)
    expect((await executeTeardown(plan, { adapters, context }).report).findings).toContainEqual(
      expect.objectContaining({ code: 'plan-expired' }),
    )
    expect(writesOf(it)).toBe(0)
  })

  it('a plan that was altered, is of another version, or is no JSON, is not read and not executed', async () => {
    const it = cloud()
    const { adapters, context } = it
    const plan = await planTeardown({ adapters, context, target })
    const text = JSON.stringify(plan)
    expect(parsePlan(text)).toEqual(plan)
    expect((await thrown(() => parsePlan(text.slice(1)))).code).toBe('bad-plan')
    expect((await thrown(() => parsePlan('null'))).code).toBe('bad-plan')
    expect((await thrown(() => parsePlan(text.replace('cleardown-plan/1', 'cleardown-plan/9')))).message).toMatch(
      /cleardown-plan\/9/,
    )
    expect((await thrown(() => parsePlan(text.replace('subnet-1', 'subnet-2')))).code).toBe('altered-plan')
    const altered: Plan = { ...plan, policy: { ...plan.policy, suspected: 'remove' } }
    expect((await thrown(() => executeTeardown(altered, { adapters, context }))).code).toBe('altered-plan')
    expect(writesOf(it)).toBe(0)
  })

  it('an adapter that cannot be reached is told with the others', async () => {
    const it = cloud()
    it.world.fail({ what: 'lost-request' })
    const plan = await planTeardown({ adapters: it.adapters, context: it.context, target })
    expect(plan.refused.map(({ code }) => code)).toContain('unreachable')
  })

  it('a bug of an adapter is thrown, not reported as a refusal', async () => {
    const broken: Adapter = {
      name: 'broken',
      version: '1',
      connect: () => Promise.reject(new TypeError('no such thing')),
    }
    await expect(planTeardown({ adapters: [broken], target })).rejects.toThrow(TypeError)
  })

  it('a verification asks for a target too', async () => {
    const it = cloud()
    expect((await thrown(() => verifyTeardown({ target: {} }, { adapters: it.adapters }))).code).toBe('empty-target')
  })

  it('a key that was not built by resourceKey is not taken apart', async () => {
    const key = resourceKey({ kind: 'aws:log-group', account: '1', place: 'us-east-1', id: '/aws/eks/ci 1/cluster' })
    expect(splitKey(key).id).toBe('/aws/eks/ci 1/cluster')
    expect((await thrown(() => splitKey('subnet-1'))).code).toBe('bad-key')
  })
})
