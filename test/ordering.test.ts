import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { type Plan, planTeardown } from '../packages/core/src/index.ts'
import { memoryCloud, standardKinds, type World } from '../packages/core/src/kit/testing/index.ts'

const tags = { cluster: 'ci-1' }

/** The worlds of docs/ordering.md by heading; the numbered list below each heading is the plan that they must give. */
const worlds: Readonly<Record<string, (world: World) => void>> = {
  'A dependsOn B'(world) {
    const vpc = world.add({ kind: 'cloud:vpc', name: 'net', tags })
    const subnet = world.add({ kind: 'cloud:subnet', name: 'a', tags, uses: [{ to: vpc, field: 'vpc' }] })
    world.add({ kind: 'cloud:nat-gateway', name: 'nat', tags, uses: [{ to: subnet, field: 'subnet' }] })
    world.add({ kind: 'cloud:security-group', name: 'web', tags, uses: [{ to: vpc, field: 'vpc' }] })
  },
  'A partOf B'(world) {
    const vpc = world.add({ kind: 'cloud:vpc', name: 'net', tags })
    const subnet = world.add({ kind: 'cloud:subnet', name: 'a', tags, uses: [{ to: vpc, field: 'vpc' }] })
    const balancer = world.add({ kind: 'cloud:load-balancer', name: 'web', tags })
    world.add({
      kind: 'cloud:interface',
      name: 'if',
      partOf: [{ of: balancer, field: 'attached to' }],
      managed: 'the load balancer',
      uses: [{ to: subnet, field: 'subnet' }],
    })
  },
  'A whole orders its own'(world) {
    const stack = world.add({ kind: 'cloud:stack', name: 'base', tags })
    const partOf = [{ of: stack, field: 'stack member' }]
    const vpc = world.add({ kind: 'cloud:vpc', name: 'net', tags, partOf })
    const subnet = world.add({ kind: 'cloud:subnet', name: 'a', tags, partOf, uses: [{ to: vpc, field: 'vpc' }] })
    world.add({ kind: 'cloud:instance', name: 'late', tags, uses: [{ to: subnet, field: 'subnet' }] })
  },
  'A link between members'(world) {
    const stack = world.add({ kind: 'cloud:stack', name: 'base', tags })
    const partOf = [{ of: stack, field: 'stack member' }]
    const a = world.add({ kind: 'cloud:security-group', name: 'a', tags, partOf })
    const b = world.add({ kind: 'cloud:security-group', name: 'b', tags, partOf, uses: [{ to: a, field: 'group' }] })
    world.add({
      kind: 'cloud:security-group-rule',
      name: 'a allows b',
      tags,
      partOf: [{ of: a, field: 'group', alone: true }],
      uses: [{ to: b, field: 'source group' }],
    })
  },
  'A restoredBy W'(world) {
    const group = world.add({ kind: 'cloud:node-group', name: 'workers', tags })
    world.add({ kind: 'cloud:instance', name: 'i-1', tags, restoredBy: group })
  },
  'The writer has to wait'(world) {
    const group = world.add({ kind: 'cloud:node-group', name: 'workers', tags })
    world.add({
      kind: 'cloud:instance',
      name: 'i-1',
      tags,
      restoredBy: group,
      uses: [{ to: group, field: 'node group' }],
    })
  },
  'A servedBy C'(world) {
    const controller = world.add({
      kind: 'kube:deployment',
      name: 'controller',
      tags,
      serves: true,
      aliases: ['controller:ci-1/balancer'],
    })
    const servedBy = { by: controller, finalizer: 'balancer/resources' }
    world.add({ kind: 'kube:service', name: 'web', tags, servedBy })
  },
  'Without its server'(world) {
    const servedBy = { by: { alias: 'controller:c1/balancer' }, finalizer: 'f' }
    const service = world.add({
      kind: 'kube:service',
      name: 'web',
      tags,
      servedBy,
      aliases: ['service:c1/default/web'],
    })
    const balancer = world.add({
      kind: 'cloud:load-balancer',
      name: 'lb',
      tags,
      partOf: [{ of: service, field: 'made for', alone: true }],
    })
    world.add({
      kind: 'cloud:interface',
      name: 'eni',
      managed: 'the load balancer',
      partOf: [{ of: balancer, field: 'attached to' }],
    })
  },
  Links(world) {
    const web = world.add({ kind: 'cloud:security-group', name: 'web', tags })
    const nodes = world.add({ kind: 'cloud:security-group', name: 'nodes', tags })
    for (const [holder, named, name] of [
      [web, nodes, 'web allows nodes'],
      [nodes, web, 'nodes allows web'],
    ] as const)
      world.add({
        kind: 'cloud:security-group-rule',
        name,
        tags,
        partOf: [{ of: holder, field: 'group', alone: true }],
        uses: [{ to: named, field: 'source group' }],
      })
  },
  'What stays'(world) {
    const vpc = world.add({ kind: 'cloud:vpc', name: 'net', tags })
    const uses = [{ to: vpc, field: 'vpc' }]
    const a = world.add({ kind: 'cloud:subnet', name: 'a', tags, uses })
    world.add({ kind: 'cloud:subnet', name: 'b', tags, uses })
    world.add({
      kind: 'cloud:instance',
      name: 'theirs',
      tags: { cluster: 'other' },
      uses: [{ to: a, field: 'subnet' }],
    })
  },
}

const page = readFileSync(new URL('../docs/ordering.md', import.meta.url), 'utf8')
const sections = new Map(
  page.split(/^#+ /m).map((section) => [section.slice(0, section.indexOf('\n')).replaceAll('`', ''), section]),
)
const listed = (heading: string): string[] =>
  [...(sections.get(heading) ?? '').matchAll(/^(?:\d+\.|-) +(.+)$/gm)].map(([, line]) =>
    (line ?? '').replaceAll('`', ''),
  )

/** One line per step with the numbers of what it waits for, then one per chain of what stays. */
function told(plan: Plan): string[] {
  const name = (key: string): string => {
    const found = plan.resources.find((resource) => resource.key === key)
    return `${found?.kind.replace(/^.*:/, '')} ${found?.name}`
  }
  const steps = plan.steps.map(({ action, target, needs }) => {
    const after = needs.length > 0 ? `, after ${needs.map((need) => need + 1).join(' and ')}` : ''
    return `${action} ${name(target)}${after}`
  })
  const chains = plan.blocked.map(({ key, chain }) => `${[key, ...chain.map((one) => one.key)].map(name).join(' ← ')}`)
  return [...steps, ...chains.sort((a, b) => a.length - b.length)]
}

test.each(Object.keys(worlds))(
  'docs/ordering.md, "%s": the order is the one that the planner gives',
  async (heading) => {
    const { adapters, context, world } = memoryCloud({ seed: 1, kinds: standardKinds })
    worlds[heading]?.(world)
    const policy = { releaseFinalizers: ['f'] }
    const plan = await planTeardown({ adapters, context, target: { cluster: 'ci-1' }, policy })
    expect(plan.refused).toEqual([])
    expect(listed(heading)).toEqual(told(plan))
  },
)
