import { Graph } from '@dagrejs/graphlib'
import type { KindName, ResourceKey } from '../model/key.ts'
import type { Decision, Plan, Step } from '../model/plan.ts'
import type { Edge } from '../model/relation.ts'

export interface GraphlibPlan {
  /** The id of the plan. */
  readonly plan: string
}

/** One resource. */
export interface GraphlibNode {
  readonly key: ResourceKey
  /** Its name, else its id. */
  readonly label: string
  readonly kind: KindName
  readonly decision: Decision
  /** Index of the step that removes it, or of the one it goes with; absent for what stays. */
  readonly step?: number
  /** What that step does. */
  readonly action?: Step['action']
}

/** One relation. */
export type GraphlibEdge = Omit<Edge, 'from' | 'to'>

/**
 * The plan as a directed multigraph of graphlib, for those who analyse it, or draw it (with `@dagrejs/dagre`, say): resources and the relations
 * between them. An edge leads from the user to the used, so deletion runs against the edges. It may have cycles: those that the plan
 * cuts, and those that it leaves.
 *
 * Node `n7` is `plan.resources[7]`, the edge named `e7` is `plan.edges[7]`, and the nodes are in that order. Keys stand in the labels only: graphlib
 * joins the ends of an edge with U+0001, reorders ids that look like integers, and writes to `Object.prototype` for an edge to `__proto__`.
 * Relations to resources that are not in the plan are left out. Its `alg.topsort` and `alg.tarjan` are recursive: on a
 * chain of some thousand resources they end in a `RangeError`.
 */
export function toGraphlib(plan: Plan): Graph<GraphlibPlan, GraphlibNode, GraphlibEdge> {
  const graph = new Graph<GraphlibPlan, GraphlibNode, GraphlibEdge>({ multigraph: true })
  graph.setGraph({ plan: plan.id })
  const nodeOf = new Map<ResourceKey, string>()
  for (const [index, { key, name, id, kind, decision, step }] of plan.resources.entries()) {
    const action = step === undefined ? undefined : plan.steps[step]?.action
    nodeOf.set(key, `n${index}`)
    graph.setNode(`n${index}`, {
      key,
      label: name ?? id,
      kind,
      decision,
      ...(step !== undefined && { step }),
      ...(action && { action }),
    })
  }
  for (const [index, { from, to, ...label }] of plan.edges.entries()) {
    const [user, used] = [nodeOf.get(from), nodeOf.get(to)]
    if (user !== undefined && used !== undefined) graph.setEdge(user, used, label, `e${index}`)
  }
  return graph
}
