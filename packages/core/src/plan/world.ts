import { buildGraph, type Graph } from '../graph/graph.ts'
import { cyclicGroups } from '../graph/strongly-connected.ts'
import type { ResourceKey } from '../model/key.ts'
import type { Finding } from '../model/outcome.ts'
import type { Edge } from '../model/relation.ts'
import type { Discovery, Resource } from '../model/resource.ts'

/** One type of relation between resources as numbers: `out` from user to used, `in` the other way. Edge ids index `edges`. */
interface RelationIndex {
  readonly edges: readonly Edge[]
  readonly out: Graph
  readonly in: Graph
}

/** Discovery with ids turned into numbers, in the order of keys: what the planner computes on. */
export interface World {
  readonly size: number
  readonly resources: readonly Resource[]
  readonly indexOf: ReadonlyMap<ResourceKey, number>
  readonly uses: RelationIndex
  readonly wholes: RelationIndex
  readonly writers: RelationIndex
  readonly servers: RelationIndex
  readonly findings: readonly Finding[]
}

export function internWorld(discovery: Pick<Discovery, 'resources' | 'edges'>): World {
  const resources = [...discovery.resources].sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
  const indexOf = new Map(resources.map((resource, index) => [resource.key, index]))
  const ofType = (type: Edge['type']): Edge[] =>
    discovery.edges.filter(
      (edge) => edge.type === type && edge.from !== edge.to && indexOf.has(edge.from) && indexOf.has(edge.to),
    )
  const index = (edges: readonly Edge[]): RelationIndex => {
    const from = Int32Array.from(edges, (edge) => indexOf.get(edge.from) as number)
    const to = Int32Array.from(edges, (edge) => indexOf.get(edge.to) as number)
    return { edges, out: buildGraph(resources.length, from, to), in: buildGraph(resources.length, to, from) }
  }

  const findings: Finding[] = []
  let wholes = index(ofType('partOf'))
  const circles = cyclicGroups(wholes.out)
  if (circles.length > 0) {
    const inCircle = new Int32Array(resources.length).fill(-1)
    circles.forEach((group, number) => {
      for (const node of group) inCircle[node] = number
      findings.push({
        code: 'adapter-lies',
        severity: 'warning',
        message: 'these say that each is part of the other, which cannot be; they are treated as independent',
        keys: [...group].map((node) => (resources[node] as Resource).key),
      })
    })
    const sane = (edge: Edge): boolean => {
      const group = inCircle[indexOf.get(edge.from) as number] as number
      return group < 0 || group !== inCircle[indexOf.get(edge.to) as number]
    }
    wholes = index(wholes.edges.filter(sane))
  }
  return {
    size: resources.length,
    resources,
    indexOf,
    uses: index(ofType('dependsOn')),
    wholes,
    writers: index(ofType('restoredBy')),
    servers: index(ofType('servedBy')),
    findings,
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
