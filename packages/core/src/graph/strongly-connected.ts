import { type Graph, graphOf } from './graph.ts'
import { int32s } from './numbers.ts'

/** The strongly connected components of a graph: within one, every node reaches every other. */
export interface Components {
  readonly count: number
  /**
   * Node → number of its component. The numbers are a topological order: an edge u → v between two components has
   * component[u] < component[v]. Same graph, same numbers.
   */
  readonly component: Int32Array
  /** The nodes of one component, ascending; a view, not a copy. */
  members(component: number): Int32Array
}

/**
 * Tarjan's algorithm (1972) with its own stack: a chain of a million nodes needs no more of the call stack than one of two.
 * O(nodes + edges).
 */
export function stronglyConnected(graph: Graph): Components {
  const { size, offsets, targets } = graph
  const component = int32s(size).fill(-1)
  const visitedAt = int32s(size) // 0 = not yet
  const low = int32s(size)
  const nextSlot = int32s(size + 1)
  nextSlot.set(offsets)
  const open = int32s(size) // Tarjan's stack: visited, not yet in a component
  const path = int32s(size) // what recursion would keep on the call stack
  let openCount = 0
  let pathLength = 0
  let clock = 0
  let count = 0

  function enter(node: number): void {
    clock++
    visitedAt[node] = clock
    low[node] = clock
    open[openCount++] = node
    path[pathLength++] = node
  }

  function leave(node: number): void {
    pathLength--
    if (low[node] === visitedAt[node]) {
      let member: number
      do {
        member = open[--openCount] as number
        component[member] = count
      } while (member !== node)
      count++
    }
    if (pathLength > 0) {
      const caller = path[pathLength - 1] as number
      low[caller] = Math.min(low[caller] as number, low[node] as number)
    }
  }

  for (let root = 0; root < size; root++) {
    if (visitedAt[root] !== 0) continue
    enter(root)
    while (pathLength > 0) {
      const node = path[pathLength - 1] as number
      const slot = nextSlot[node] as number
      if (slot === (offsets[node + 1] as number)) {
        leave(node)
        continue
      }
      nextSlot[node] = slot + 1
      const target = targets[slot] as number
      if (visitedAt[target] === 0) enter(target)
      else if (component[target] === -1) low[node] = Math.min(low[node] as number, visitedAt[target] as number)
    }
  }

  // Tarjan closes a component after all that it leads to: counting backwards makes the numbers a topological order.
  for (let node = 0; node < size; node++) component[node] = count - 1 - (component[node] as number)
  const members = groupByComponent(component, count)
  return { count, component, members }
}

/**
 * The groups of nodes that lie on cycles: components of more than one node, and single nodes with an edge to themselves.
 * In topological order; nodes ascending within a group.
 */
export function cyclicGroups(graph: Graph): Int32Array[] {
  const { count, members } = stronglyConnected(graph)
  const groups: Int32Array[] = []
  for (let component = 0; component < count; component++) {
    const group = members(component)
    if (group.length > 1 || hasSelfEdge(graph, group[0] as number)) groups.push(group)
  }
  return groups
}

function groupByComponent(component: Int32Array, count: number): (component: number) => Int32Array {
  const { offsets, targets } = graphOf(count, (add) => {
    for (let node = 0; node < component.length; node++) add(component[node] as number, node, node)
  })
  return (one) => targets.subarray(offsets[one], offsets[one + 1])
}

function hasSelfEdge({ offsets, targets }: Graph, node: number): boolean {
  for (let slot = offsets[node] as number; slot < (offsets[node + 1] as number); slot++)
    if (targets[slot] === node) return true
  return false
}
