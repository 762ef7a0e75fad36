export { type GraphlibEdge, type GraphlibNode, type GraphlibPlan, toGraphlib } from './graphlib.ts'
export { toMermaid } from './mermaid.ts'
