import { describe, expect, it } from 'vitest'
import {
  executeTeardown,
  explain,
  type Ledger,
  memoryLedger,
  type Plan,
  type Policy,
  planTeardown,
  renderPlan,
  resumeTeardown,
  simulateTeardown,
} from '../src/index.ts'
import { type MemoryCloud, memoryCloud, type NewResource, standardKinds } from '../src/kit/testing/index.ts'

const finalizer = 'service.kubernetes.io/load-balancer-cleanup'
const permitted: Policy = { releaseFinalizers: [finalizer] }

/** A cluster whose load balancer controller is gone, and a Service that it made a load balancer for; its interface outlives it. */
function orphanedService(more: Partial<NewResource> = {}, options: { readonly serves?: boolean } = {}): MemoryCloud {
  const cloud = memoryCloud({ seed: 'release', kinds: standardKinds })
  const { world } = cloud
  const tags = { cluster: 'ci-1' }
  const cluster = world.add({ kind: 'cloud:cluster', id: 'c1', name: 'ci-1', aliases: ['endpoint:c1'] })
  if (options.serves !== undefined)
    world.add({
      kind: 'kube:deployment',
      name: 'lbc',
      tags,
      inside: cluster,
      aliases: ['controller:c1/elb'],
      serves: options.serves,
    })
  const subnet = world.add({ kind: 'cloud:subnet', id: 'subnet', tags })
  const service = world.add({
    kind: 'kube:service',
    name: 'web',
    tags,
    inside: cluster,
    aliases: ['service:c1/default/web'],
    servedBy: { by: { alias: 'controller:c1/elb' }, finalizer },
    ...more,
  })
  const balancer = world.add({
    kind: 'cloud:load-balancer',
    id: 'lb',
    tags,
    partOf: [{ of: service, field: 'made for', alone: true }],
  })
  world.add({
    kind: 'cloud:interface',
    id: 'eni',
    managed: 'the load balancer',
    partOf: [{ of: balancer, field: 'attached to' }],
    uses: [{ to: subnet, field: 'subnet' }],
    rules: { outlivesMs: 60_000 },
  })
  return cloud
}

const target = { cluster: 'ci-1' }
const plan = ({ adapters, context }: MemoryCloud, policy: Policy = permitted, ledger?: Ledger): Promise<Plan> =>
  planTeardown({ adapters, context, target, policy, ...(ledger ? { ledger } : {}) })
const name = (key: string): string => key.split('/').at(-1) as string
const steps = ({ steps: all }: Plan): string[] => all.map(({ action, target: key }) => `${action} ${name(key)}`)
const writes = ({ world }: MemoryCloud): string[] =>
  world.journal.flatMap(({ effect, call, id, result }) =>
    effect === 'write' ? [`${call} ${id}${result === 'ok' ? '' : ` ${result}`}`] : [],
  )

const ways = ({
  adapters,
  context,
}: MemoryCloud): { adapters: MemoryCloud['adapters']; context: MemoryCloud['context'] } => ({
  adapters,
  context,
})
const stays = (made: Plan): string[] =>
  made.blocked.map(({ key, reason, because }) => `${name(key)} ${reason}: ${because}`)

describe('a finalizer whose controller is gone', () => {
  it('is released after everything that it stands for is read as gone, and before what it holds is removed', async () => {
    const cloud = orphanedService()
    const made = await plan(cloud)
    expect(steps(made)).toEqual(['remove lb', 'await eni', 'release web', 'remove web', 'remove c1', 'remove subnet'])
    expect(made.steps[2]).toMatchObject({ finalizer, needs: [0, 1] })
    const report = await executeTeardown(made, ways(cloud)).report
    expect(report.outcome).toBe('clean')
    expect(writes(cloud).filter((write) => !write.endsWith('subnet'))).toEqual([
      'DeleteLoadBalancer lb',
      'ReleaseService web',
      'DeleteService web',
      'DeleteCluster c1',
    ])
    const at = (key: string): string => report.removed.find((one) => name(one.key) === key)?.at ?? ''
    expect(at('eni') < at('web')).toBe(true)
  })

  it('is released also where the controller is there and does not serve, and where the removal hangs already', async () => {
    for (const cloud of [orphanedService({}, { serves: false }), orphanedService()]) {
      const { world } = cloud
      const service = world.get('kube:service', 'web')
      if (service) world.change(service, { phase: 'going' })
      const report = await executeTeardown(await plan(cloud), ways(cloud)).report
      expect(report.outcome).toBe('clean')
      expect(writes(cloud)).toContain('ReleaseService web')
    }
  })

  it('is left to a controller that serves', async () => {
    const cloud = orphanedService({}, { serves: true })
    const made = await plan(cloud)
    expect(steps(made).filter((step) => step.startsWith('release'))).toEqual([])
    expect((await executeTeardown(made, ways(cloud)).report).outcome).toBe('clean')
    expect(writes(cloud)).not.toContain('ReleaseService web')
  })

  it('is not touched where the policy does not name it; the plan says which one, who should serve it and what would permit it', async () => {
    const cloud = orphanedService()
    for (const policy of [{}, { releaseFinalizers: ['another/finalizer'] }]) {
      const made = await plan(cloud, policy)
      expect(stays(made)[0]).toContain(
        `web server: finalizer ${finalizer} waits for controller:c1/elb, which does not serve; policy.releaseFinalizers does not name it`,
      )
      expect(
        explain(made, 'web')
          .changes.map(({ what }) => what)
          .join(),
      ).toContain('policy.releaseFinalizers')
    }
    expect(stays(await plan(cloud, { ...permitted, route: 'served' }))[0]).toContain('policy.route says served')
    await executeTeardown(await plan(cloud, {}), ways(cloud)).report
    expect(writes(cloud).filter((write) => write.includes('Service'))).toEqual([])
  })

  it('stays where nothing elsewhere was part of it: then nothing proves that it may be released', async () => {
    const cloud = memoryCloud({ seed: 1, kinds: standardKinds })
    const tags = { cluster: 'ci-1' }
    const service = { kind: 'kube:service', name: 'web', tags } as const
    cloud.world.add({ ...service, servedBy: { by: { alias: 'controller:c1/elb' }, finalizer } })
    const [why] = stays(await plan(cloud))
    expect(why).toContain('nothing outside of kube is known that was part of it')
  })

  it('stays where a part cannot go ahead of it, and where something elsewhere could not be listed', async () => {
    const tied = orphanedService()
    tied.world.add({
      kind: 'cloud:target-group',
      id: 'tied',
      partOf: [{ of: { alias: 'service:c1/default/web' }, field: 'made for' }],
    })
    expect(stays(await plan(tied)).join()).toContain('its part cloud:target-group tied cannot be removed ahead of it')
    const blind = orphanedService()
    blind.world.fail({ what: 'denied', call: 'ListSubnets' })
    expect(stays(await plan(blind)).join()).toContain('cloud:subnet could not be listed in here')
  })

  it('stays where a part stays', async () => {
    const cloud = orphanedService()
    const made = await plan(cloud, { ...permitted, keep: ['lb'] })
    expect(steps(made)).not.toContain('release web')
    expect(made.resources.find(({ id }) => id === 'web')?.because[0]).toContain('made for')
  })

  it('is not released when something stands again under the id of what it stood for', async () => {
    const cloud = orphanedService()
    const { world } = cloud
    const made = await plan(cloud)
    world.after(20_000, () => {
      world.add({ kind: 'cloud:load-balancer', id: 'lb', tags: { cluster: 'prod' } })
    })
    const report = await executeTeardown(made, ways(cloud)).report
    expect(writes(cloud).filter((write) => write.includes('Service'))).toEqual([])
    expect(report.findings.find(({ code }) => code === 'not-released')?.message).toContain(
      `finalizer ${finalizer} stays: cloud:load-balancer lb, which it stands for, is still there`,
    )
    expect(report.outcome).not.toBe('clean')
    expect(world.get('kube:service', 'web')?.phase).toBe('steady')
  })

  it('goes with the proof of the run before, when that was stopped after the parts were gone', async () => {
    const cloud = orphanedService()
    const ledger = memoryLedger({ context: cloud.context })
    const run = executeTeardown(await plan(cloud), { ...ways(cloud), ledger })
    for await (const event of run) if (event.type === 'gone' && name(event.key) === 'eni') void run.stop()
    expect((await run.report).outcome).toBe('interrupted')
    expect(writes(cloud).filter((write) => write.includes('Service'))).toEqual([])
    const fresh = await plan(cloud)
    expect(stays(fresh)[0]).toContain('nothing proves')
    const told = await plan(cloud, permitted, ledger)
    expect(told.steps[0]).toMatchObject({ action: 'release', proof: made(['eni', 'lb'], told) })
    const report = await resumeTeardown({ ...ways(cloud), ledger }).report
    expect(report.outcome).toBe('clean')
  })

  it('waits for a part that outlives its whole also where the run before died in between', async () => {
    const cloud = orphanedService()
    const ledger = memoryLedger({ context: cloud.context })
    const run = executeTeardown(await plan(cloud), { ...ways(cloud), ledger })
    for await (const event of run) if (event.type === 'gone' && name(event.key) === 'lb') void run.stop()
    expect((await run.report).outcome).toBe('interrupted')
    expect(cloud.world.get('cloud:interface', 'eni')?.phase).toBe('going')
    const report = await resumeTeardown({ ...ways(cloud), ledger }).report
    expect(report.outcome).toBe('clean')
    const at = (key: string): string => report.removed.find((one) => name(one.key) === key)?.at ?? ''
    expect(at('eni') < at('web')).toBe(true)
  })

  it('is not put back, and the report says so', async () => {
    const cloud = orphanedService()
    const { world } = cloud
    world.fail({ what: 'denied', call: 'DeleteService' })
    const report = await executeTeardown(await plan(cloud), ways(cloud)).report
    expect(writes(cloud)).toContain('ReleaseService web')
    expect(report.findings.find(({ code }) => code === 'not-undone')?.message).toContain('A release is not put back')
    expect(report.outcome).toBe('incomplete')
  })

  it('is sent once more after a lost answer only if it still stands', async () => {
    const cloud = orphanedService()
    cloud.world.fail({ what: 'lost-response', call: 'ReleaseService', times: 1 })
    const report = await executeTeardown(await plan(cloud), ways(cloud)).report
    expect(report.outcome).toBe('clean')
    expect(writes(cloud).filter((write) => write.startsWith('Release'))).toEqual(['ReleaseService web ok, answer lost'])
  })

  it('shows in the text of the plan and on the virtual clock', async () => {
    const made = await plan(orphanedService())
    expect(renderPlan(made)).toContain(
      `release ${finalizer} of kube:service web, once cloud:interface eni, cloud:load-balancer lb are read as gone`,
    )
    const { timeline } = simulateTeardown(made)
    const at = (step: string): number => steps(made).indexOf(step)
    expect(timeline[at('release web')]?.startMs).toBe(
      Math.max(...['remove lb', 'await eni'].map((step) => timeline[at(step)]?.endMs ?? 0)),
    )
    expect(explain(made, 'web').after.map(({ action }) => action)).toEqual(['remove', 'await', 'release'])
  })
})

function made(ids: readonly string[], { steps: all }: Plan): readonly string[] {
  const proof = all.flatMap((step) => (step.action === 'release' ? step.proof : []))
  return proof.filter((key) => ids.includes(name(key)))
}
