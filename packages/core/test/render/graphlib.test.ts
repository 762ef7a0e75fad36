import { alg, type Graph, json } from '@dagrejs/graphlib'
import { describe, expect, test } from 'vitest'
import type { Plan } from '../../src/model/plan.ts'
import { buildPlan } from '../../src/plan/build-plan.ts'
import { type GraphlibEdge, type GraphlibNode, toGraphlib } from '../../src/render/index.ts'
import { keyOf, type Sketch, sketchDiscovery } from '../support/discovery.ts'

const planOf = (sketches: readonly Sketch[]): Plan =>
  buildPlan({ discovery: sketchDiscovery(sketches), target: { cluster: 'c' }, policy: {}, now: 0 })

const labels = (graph: Graph<unknown, GraphlibNode, unknown>): GraphlibNode[] =>
  graph.nodes().map((node) => graph.node(node))

/** `user -type-> used`, by label; in order of the alphabet. */
const arrows = (graph: Graph<unknown, GraphlibNode, GraphlibEdge>): string[] =>
  graph
    .edges()
    .map((edge) => `${graph.node(edge.v).label} -${graph.edge(edge).type}-> ${graph.node(edge.w).label}`)
    .toSorted()

describe('toGraphlib', () => {
  //  instance ─▶ subnet ─▶ vpc      interface: part of the instance, uses the subnet; vpc: somebody else's
  const plan = planOf([
    { id: 'instance', uses: ['subnet'], facts: { name: 'worker' } },
    { id: 'interface', partOf: ['instance'], uses: ['subnet'] },
    { id: 'subnet', uses: ['vpc'] },
    { id: 'vpc', owned: 'foreign' },
  ])

  test('has the resources, with what becomes of them', () => {
    const [remove, free] = ['instance', 'subnet'].map((id) => plan.resources.find((one) => one.id === id)?.step)
    expect(labels(toGraphlib(plan))).toEqual([
      {
        key: keyOf('instance'),
        label: 'worker',
        kind: 'test:thing',
        decision: 'remove',
        step: remove,
        action: 'remove',
      },
      { key: keyOf('interface'), label: 'interface', kind: 'test:thing', decision: 'await', step: 1, action: 'await' },
      { key: keyOf('subnet'), label: 'subnet', kind: 'test:thing', decision: 'remove', step: free, action: 'remove' },
      { key: keyOf('vpc'), label: 'vpc', kind: 'test:thing', decision: 'keep' },
    ])
  })

  test('has the relations, from the user to the used, each with the field that proves it', () => {
    const graph = toGraphlib(plan)
    expect(arrows(graph)).toEqual([
      'interface -dependsOn-> subnet',
      'interface -partOf-> worker',
      'subnet -dependsOn-> vpc',
      'worker -dependsOn-> subnet',
    ])
    const labels = (user: string, used: string): GraphlibEdge[] =>
      (graph.outEdges(user, used) ?? []).map((edge) => graph.edge(edge))
    expect(labels('n0', 'n2')).toEqual([{ type: 'dependsOn', because: 'uses', ifBroken: 'refused' }])
    expect(labels('n1', 'n0')).toEqual([{ type: 'partOf', because: 'part', alone: false }])
    expect(graph.isDirected()).toBe(true)
  })

  test('names nodes and edges by their place in the plan', () => {
    const graph = toGraphlib(plan)
    expect(graph.nodes()).toEqual(['n0', 'n1', 'n2', 'n3'])
    expect(graph.graph()).toEqual({ plan: plan.id })
    for (const [index, { key }] of plan.resources.entries()) expect(graph.node(`n${index}`).key).toBe(key)
    for (const { v, w, name } of graph.edges()) {
      const { from, to } = plan.edges[Number(name?.slice(1))] ?? {}
      expect([graph.node(v).key, graph.node(w).key]).toEqual([from, to])
    }
  })

  test('keeps two relations between the same two resources apart', () => {
    const graph = toGraphlib(planOf([{ id: 'part', partOf: ['whole'], uses: ['whole'] }, { id: 'whole' }]))
    expect(arrows(graph)).toEqual(['part -dependsOn-> whole', 'part -partOf-> whole'])
  })

  test('is unharmed by ids that graphlib treats wrongly, and harms nobody', () => {
    const ids = ['__proto__', 'constructor', 'toString', 'a\u0001b', '10', '9']
    const graph = toGraphlib(planOf(ids.map((id, index) => ({ id, uses: ids.slice(index + 1, index + 2) }))))
    expect(
      labels(graph)
        .map(({ label }) => label)
        .toSorted(),
    ).toEqual(ids.toSorted())
    expect(graph.nodes()).toEqual(ids.map((_, index) => `n${index}`))
    expect(alg.topsort(graph).map((node) => graph.node(node).label)).toEqual(ids)
    expect(Object.keys(Object.prototype)).toEqual([])
  })

  test('leaves out relations to what is not in the plan', () => {
    const known = planOf([{ id: 'subnet' }])
    const edge = { type: 'dependsOn', from: keyOf('subnet'), to: keyOf('elsewhere'), because: 'field' } as const
    const graph = toGraphlib({ ...known, edges: [edge, { ...edge, from: edge.to, to: edge.from }] })
    expect(graph.edges()).toEqual([])
    expect(graph.nodes()).toEqual(['n0'])
  })

  test('is a graph without nodes for a plan of nothing', () => {
    const graph = toGraphlib(planOf([]))
    expect([graph.nodes(), graph.edges()]).toEqual([[], []])
  })

  test('is the same for the same plan, and survives JSON', () => {
    const graph = toGraphlib(plan)
    const text = JSON.stringify(json.write(graph))
    expect(JSON.stringify(json.write(toGraphlib(plan)))).toBe(text)
    expect(JSON.stringify(json.write(json.read(JSON.parse(text))))).toBe(text)
  })
})
