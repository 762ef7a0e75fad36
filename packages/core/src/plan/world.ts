import { type Graph, graphOf } from '../graph/graph.ts'
import { int32s } from '../graph/numbers.ts'
import { cyclicGroups } from '../graph/strongly-connected.ts'
import type { ResourceKey } from '../model/key.ts'
import type { Finding } from '../model/outcome.ts'
import type { Edge } from '../model/relation.ts'
import type { Discovery, Resource } from '../model/resource.ts'
import { type Ends, internEdges, internResources, types } from './intern.ts'
import { indexKeys } from './key-index.ts'
import { type Traits, traitsOf } from './traits.ts'

/** One type of relation between resources as numbers: `out` from user to used, `in` the other way. Edge ids index `World.edges`. */
interface RelationIndex {
  readonly out: Graph
  readonly in: Graph
}

/** Discovery with ids turned into numbers, in the order of keys: what the planner computes on. */
export interface World extends Ends, Traits {
  readonly size: number
  readonly resources: readonly Resource[]
  /** Those of the resources, in the same order. */
  readonly keys: readonly ResourceKey[]
  /** The place of a key; −1 where nothing has it. */
  find(key: ResourceKey): number
  readonly uses: RelationIndex
  readonly wholes: RelationIndex
  readonly writers: RelationIndex
  readonly servers: RelationIndex
  readonly findings: readonly Finding[]
}

/** What contradicts itself (a key twice, a relation to oneself, parts of each other) is left out, with a finding. */
export function internWorld(discovery: Pick<Discovery, 'resources' | 'edges'>): World {
  const findings: Finding[] = []
  const { resources, keys } = internResources(discovery.resources, findings)
  const indexed = indexKeys(keys)
  const ends = internEdges(discovery.edges, keys, indexed, findings)
  const index = (type: Edge['type'], counts?: (edge: number) => boolean): RelationIndex =>
    indexRelation(resources.length, ends, type, counts)

  let wholes = index('partOf')
  const circles = wholes.out.targets.length > 0 ? cyclicGroups(wholes.out) : []
  if (circles.length > 0) {
    const inCircle = int32s(resources.length).fill(-1)
    circles.forEach((group, number) => {
      for (const node of group) inCircle[node] = number
      findings.push({
        code: 'adapter-lies',
        severity: 'warning',
        message: 'these say that each is part of the other, which cannot be; they are treated as independent',
        keys: [...group].map((node) => (resources[node] as Resource).key),
      })
    })
    wholes = index('partOf', (edge) => {
      const group = inCircle[ends.from[edge] as number] as number
      return group < 0 || group !== inCircle[ends.to[edge] as number]
    })
  }
  return {
    size: resources.length,
    resources,
    keys,
    find: indexed.find,
    ...ends,
    ...traitsOf(resources),
    uses: index('dependsOn'),
    wholes,
    writers: index('restoredBy'),
    servers: index('servedBy'),
    findings,
  }
}

/** Each way is made when first asked for: most plans need one. */
function indexRelation(
  size: number,
  { from, to, type: typeOf }: Ends,
  type: Edge['type'],
  counts?: (edge: number) => boolean,
): RelationIndex {
  const wanted = types.indexOf(type)
  const graphFrom = (starts: Int32Array, ends: Int32Array): Graph =>
    graphOf(size, (add) => {
      for (let edge = 0; edge < typeOf.length; edge++)
        if (typeOf[edge] === wanted && counts?.(edge) !== false) add(starts[edge] as number, ends[edge] as number, edge)
    })
  let outward: Graph | undefined
  let inward: Graph | undefined
  return {
    get out() {
      outward ??= graphFrom(from, to)
      return outward
    },
    get in() {
      inward ??= graphFrom(to, from)
      return inward
    },
  }
}

/** `aws:subnet web`: how texts of the plan call a resource. */
export function nameOf({ resources }: World, node: number): string {
  const { kind, facts } = resources[node] as Resource
  return `${kind} ${facts.name ?? facts.id}`
}

/** Walks the edges of one node. */
export function each(graph: Graph, node: number, visit: (other: number, edge: number) => void): void {
  const end = graph.offsets[node + 1] as number
  for (let slot = graph.offsets[node] as number; slot < end; slot++)
    visit(graph.targets[slot] as number, graph.edgeIds[slot] as number)
}

export const degree = (graph: Graph, node: number): number =>
  (graph.offsets[node + 1] as number) - (graph.offsets[node] as number)

/** True when any edge of the node satisfies the test. */
export function some(graph: Graph, node: number, test: (other: number, edge: number) => boolean): boolean {
  const end = graph.offsets[node + 1] as number
  for (let slot = graph.offsets[node] as number; slot < end; slot++)
    if (test(graph.targets[slot] as number, graph.edgeIds[slot] as number)) return true
  return false
}
