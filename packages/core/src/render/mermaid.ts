import type { ResourceKey } from '../model/key.ts'
import type { Decision, Plan, PlannedResource } from '../model/plan.ts'
import type { Edge } from '../model/relation.ts'

/** Mermaid itself refuses more edges than this, and nobody reads a bigger picture. */
const maxEdges = 500
const maxResources = 250
const maxLabelLength = 48

/** Which resources a picture that is too small for all of them shows first. */
const importance: readonly Decision[] = ['blocked', 'ask', 'keep', 'remove', 'await']

const colours: Readonly<Record<Decision, string>> = {
  remove: 'fill:#fde2e1,stroke:#c0392b,color:#1b1b1b',
  await: 'fill:#fdeedc,stroke:#d68910,color:#1b1b1b,stroke-dasharray:4 3',
  keep: 'fill:#e1f3e6,stroke:#1e8449,color:#1b1b1b',
  ask: 'fill:#fdf6d3,stroke:#b7950b,color:#1b1b1b',
  blocked: 'fill:#e8e3f1,stroke:#6c3483,color:#1b1b1b,stroke-width:3px',
}

/**
 * The plan as a Mermaid flowchart: an arrow points from the user to the used, so that deletion runs against the arrows. Parts stand in the
 * box of their whole; the colour is the decision, the number the step. The same plan gives the same text. A plan of more than 250
 * resources or 500 relations is shown in part, with a note that says how much is left out.
 */
export function toMermaid(plan: Plan): string {
  const shown = choose(plan.resources)
  const nodeOf = new Map(shown.map((resource, index) => [resource.key, `n${index}`]))
  const { roots, partsOf, wholeOf } = nest(shown, plan.edges)
  const lines = ['flowchart TB']

  const draw = (resource: PlannedResource, indent: string): void => {
    const node = nodeOf.get(resource.key) ?? ''
    const parts = partsOf.get(resource.key) ?? []
    const own = `${node}["${label(resource, plan.steps)}"]:::${resource.decision}`
    if (parts.length === 0) {
      lines.push(`${indent}${own}`)
      return
    }
    lines.push(`${indent}subgraph ${node}_parts["${escaped(`${word(resource)} ${resource.name ?? resource.id}`)}"]`)
    lines.push(`${indent}  ${own}`)
    for (const part of parts) draw(part, `${indent}  `)
    lines.push(`${indent}end`)
  }
  for (const root of roots) draw(root, '  ')

  const arrows = [...new Set(plan.edges.flatMap((edge) => arrow(edge, nodeOf, wholeOf)))].sort(byNumbers)
  for (const one of arrows.slice(0, maxEdges)) lines.push(`  ${one}`)
  const missing = [
    ...(shown.length < plan.resources.length
      ? [`${plan.resources.length - shown.length} of ${plan.resources.length} resources`]
      : []),
    ...(arrows.length > maxEdges ? [`${arrows.length - maxEdges} relations`] : []),
  ]
  if (missing.length > 0)
    lines.push(
      `  note["not shown: ${missing.join(' and ')}"]:::note`,
      '  classDef note fill:none,stroke:#888,color:#555',
    )
  for (const decision of importance)
    if (shown.some((resource) => resource.decision === decision))
      lines.push(`  classDef ${decision} ${colours[decision]}`)
  return `${lines.join('\n')}\n`
}

/** In the order of keys; the important ones where there is no room for all. */
function choose(resources: readonly PlannedResource[]): PlannedResource[] {
  const rank = ({ decision }: PlannedResource): number => importance.indexOf(decision)
  return [...resources]
    .sort((a, b) => rank(a) - rank(b) || byKey(a, b))
    .slice(0, maxResources)
    .sort(byKey)
}

interface Nesting {
  readonly roots: readonly PlannedResource[]
  readonly partsOf: ReadonlyMap<ResourceKey, readonly PlannedResource[]>
  readonly wholeOf: ReadonlyMap<ResourceKey, ResourceKey>
}

/** Each part stands in one box: that of its first whole by key. What would put a box into itself stands outside. */
function nest(shown: readonly PlannedResource[], edges: readonly Edge[]): Nesting {
  const known = new Set(shown.map(({ key }) => key))
  const wholes = new Map<ResourceKey, ResourceKey[]>()
  for (const { type, from, to } of edges)
    if (type === 'partOf' && known.has(from) && known.has(to)) wholes.set(from, [...(wholes.get(from) ?? []), to])
  const wholeOf = new Map<ResourceKey, ResourceKey>()
  const encloses = (box: ResourceKey, start: ResourceKey): boolean => {
    for (let at: ResourceKey | undefined = start; at !== undefined; at = wholeOf.get(at)) if (at === box) return true
    return false
  }
  for (const { key } of shown) {
    const whole = wholes
      .get(key)
      ?.sort()
      .find((candidate) => !encloses(key, candidate))
    if (whole !== undefined) wholeOf.set(key, whole)
  }
  const partsOf = new Map<ResourceKey, PlannedResource[]>()
  for (const resource of shown) {
    const whole = wholeOf.get(resource.key)
    if (whole !== undefined) partsOf.set(whole, [...(partsOf.get(whole) ?? []), resource])
  }
  return { roots: shown.filter(({ key }) => !wholeOf.has(key)), partsOf, wholeOf }
}

function arrow(
  edge: Edge,
  nodeOf: ReadonlyMap<ResourceKey, string>,
  wholeOf: ReadonlyMap<ResourceKey, ResourceKey>,
): string[] {
  const [from, to] = [nodeOf.get(edge.from), nodeOf.get(edge.to)]
  if (from === undefined || to === undefined) return []
  switch (edge.type) {
    case 'dependsOn':
      return [edge.ifBroken === 'leaks' ? `${from} -.-> ${to}` : `${from} --> ${to}`]
    case 'partOf':
      return wholeOf.get(edge.from) === edge.to ? [] : [`${from} -. part of .-> ${to}`]
    case 'restoredBy':
      return [`${from} -. made again by .-> ${to}`]
    case 'servedBy':
      return [`${from} -. finished by .-> ${to}`]
  }
}

function label(resource: PlannedResource, steps: Plan['steps']): string {
  return `${escaped(word(resource))}<br/>${escaped(resource.name ?? resource.id)}<br/>${moment(resource, steps)}`
}

/** Its own step, the one it goes with, or why there is none. */
function moment({ key, step, decision }: PlannedResource, steps: Plan['steps']): string {
  const own = step === undefined ? undefined : steps[step]
  if (step === undefined || !own) return decision
  return own.target === key ? `${step + 1}. ${own.action}` : `with ${step + 1}`
}

/** The kind without its provider. */
const word = ({ kind }: PlannedResource): string => kind.slice(kind.indexOf(':') + 1)

const entities: Readonly<Record<string, string>> = {
  '#': '#35;',
  '"': '#quot;',
  '&': '#amp;',
  '<': '#lt;',
  '>': '#gt;',
  '`': '#96;',
  '\\': '#92;',
}

/** Whatever a provider lets people call their things, it stays text. */
function escaped(text: string): string {
  const characters = [...text]
  const short = characters.length > maxLabelLength ? [...characters.slice(0, maxLabelLength - 1), '…'] : characters
  return short
    .map((character) => entities[character] ?? (/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u.test(character) ? ' ' : character))
    .join('')
}

const byKey = (a: PlannedResource, b: PlannedResource): number => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)

/** `n2 --> n10` after `n2 --> n9`. */
function byNumbers(a: string, b: string): number {
  const [x, y] = [numbers(a), numbers(b)]
  return (x[0] ?? 0) - (y[0] ?? 0) || (x[1] ?? 0) - (y[1] ?? 0) || (a < b ? -1 : 1)
}
const numbers = (arrow: string): number[] => (arrow.match(/\d+/g) ?? []).map(Number)
