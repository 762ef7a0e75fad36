import type { Json } from '../model/json.ts'
import type { ResourceKey } from '../model/key.ts'
import type { Finding } from '../model/outcome.ts'
import type { Resource } from '../model/resource.ts'
import type { Moments } from './carry.ts'
import { allWith, trait } from './traits.ts'
import { each, type World } from './world.ts'

/**
 * What a removal before ours left in a failed state (a stack in DELETE_FAILED): it had been accepted, and failed later. Told with the provider's reasons
 * and with everything from outside that holds it or a part of it: what each is, whose, and why it holds.
 */
export function failedBefore(world: World, moments: Moments): Finding[] {
  return allWith(world, trait.failed).flatMap((node) => {
    const resource = world.resources[node] as Resource
    if ((moments.head[node] as number) < 0) return []
    const holders = holdersOf(world, moments, node)
    const reasons = reasonsOf(resource.facts.data)
    const held = holders.map(({ text }) => text)
    return [
      {
        code: 'failed-before',
        severity: 'warning',
        message:
          `${nameOf(resource)} is ${resource.facts.state}: an earlier removal was accepted and failed afterwards` +
          `${reasons.length > 0 ? ` (${reasons.join('; ')})` : ''}. ` +
          `${held.length > 0 ? `What holds it goes first: ${held.join('; ')}` : 'Nothing that holds it was seen'}`,
        keys: [resource.key, ...holders.map(({ key }) => key)],
      } satisfies Finding,
    ]
  })
}

/** Users from outside of the resource and of everything that goes with it. */
function holdersOf(world: World, moments: Moments, whole: number): { key: ResourceKey; text: string }[] {
  const holders = new Map<ResourceKey, string>()
  for (let node = 0; node < world.size; node++) {
    if (moments.head[node] !== whole) continue
    each(world.uses.in, node, (user, edge) => {
      const { because, ifBroken } = world.edges[edge] ?? { because: '', ifBroken: 'leaks' }
      const holder = world.resources[user] as Resource
      if (moments.head[user] === whole || ifBroken === 'leaks' || holders.has(holder.key)) return
      holders.set(
        holder.key,
        `${nameOf(holder)} (${whose(holder)}) uses ${nameOf(world.resources[node] as Resource)} by ${because}`,
      )
    })
  }
  return [...holders].map(([key, text]) => ({ key, text }))
}

function whose({ ownership, facts }: Resource): string {
  const marks = ownership.evidence
    .filter(({ says, rule }) => says === 'ours' && rule !== 'part-of')
    .map(({ field, value }) => `${field} = ${value}`)
  const made = facts.fixed ? [facts.fixed] : []
  return [ownership.level, ...marks.slice(0, 2), ...made].join(', ')
}

/** Kinds put the provider's reasons into `data.failed`. */
function reasonsOf(data: Json): string[] {
  const failed = typeof data === 'object' && data !== null && 'failed' in data ? data['failed'] : undefined
  return Array.isArray(failed) ? failed.filter((one): one is string => typeof one === 'string') : []
}

const nameOf = ({ kind, facts }: Resource): string =>
  facts.name && facts.name !== facts.id && !facts.id.startsWith('arn:')
    ? `${kind} ${facts.name} (${facts.id})`
    : `${kind} ${facts.name ?? facts.id}`
