import type { MemoryKind } from './resource.ts'

const second = 1_000
const minute = 60 * second

/** Kinds that behave like those of a public cloud (`cloud:`) and of a Kubernetes cluster (`kube:`), with durations as they are seen there. */
export const standardKinds: readonly MemoryKind[] = [
  // network
  { name: 'cloud:vpc', service: 'network', blockers: 'unnamed' },
  { name: 'cloud:subnet', service: 'network', blockers: 'unnamed' },
  { name: 'cloud:route-table', service: 'network', blockers: 'unnamed' },
  { name: 'cloud:internet-gateway', service: 'network', blockers: 'unnamed' },
  { name: 'cloud:nat-gateway', service: 'network', goingMs: 50 * second, tombstoneMs: 10 * minute },
  { name: 'cloud:address', service: 'network' },
  { name: 'cloud:interface', service: 'network' },
  { name: 'cloud:security-group', service: 'network', blockers: 'unnamed' },
  { name: 'cloud:security-group-rule', service: 'network', link: true },
  // compute
  { name: 'cloud:instance', service: 'compute', goingMs: 45 * second, tombstoneMs: 10 * minute },
  { name: 'cloud:volume', service: 'compute', goingMs: 3 * second },
  { name: 'cloud:launch-template', service: 'compute' },
  { name: 'cloud:node-group', service: 'scaling', goingMs: 2 * minute, writer: true, restoreMs: 20 * second },
  // load balancing: lists without tags, attributes on the second look
  {
    name: 'cloud:load-balancer',
    service: 'balancing',
    goingMs: 2 * second,
    labels: true,
    more: true,
    latency: { typicalMs: 5 * second, worstMs: 5 * minute },
  },
  { name: 'cloud:target-group', service: 'balancing', labels: true },
  { name: 'cloud:listener', service: 'balancing', within: 'cloud:load-balancer' },
  // the rest
  { name: 'cloud:cluster', service: 'clusters', goingMs: 8 * minute },
  { name: 'cloud:database', service: 'databases', goingMs: 9 * minute },
  { name: 'cloud:role', service: 'identity', global: true, blockers: 'named' },
  { name: 'cloud:log-group', service: 'logs' },
  {
    name: 'cloud:stack',
    service: 'stacks',
    ifUsed: 'fails',
    namesParts: true,
    more: true,
    goingMs: 5 * second,
    latency: { typicalMs: 4 * minute, worstMs: 60 * minute },
  },
  // in the cluster
  { name: 'kube:namespace', idIsName: true, revisions: true, partsFirst: true, goingMs: 5 * second },
  { name: 'kube:deployment', idIsName: true, revisions: true, goingMs: 3 * second },
  {
    name: 'kube:service',
    idIsName: true,
    revisions: true,
    goingMs: second,
    latency: { typicalMs: 15 * second, worstMs: 10 * minute },
  },
  {
    name: 'kube:claim',
    idIsName: true,
    revisions: true,
    goingMs: second,
    latency: { typicalMs: 15 * second, worstMs: 10 * minute },
  },
  { name: 'kube:node-pool', idIsName: true, revisions: true, writer: true, goingMs: second },
  {
    name: 'kube:node-claim',
    idIsName: true,
    revisions: true,
    goingMs: second,
    latency: { typicalMs: minute, worstMs: 20 * minute },
  },
]
