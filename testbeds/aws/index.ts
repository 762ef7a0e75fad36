// The AWS bed, in the order of use: start it, stage a world, let a tool run, ask the oracle.
export { type AwsClients, awsClients, type ClientSettings, must, ORACLE_KEY } from './clients.ts'
export type {
  BedControl,
  BedOptions,
  BedRule,
  Delay,
  DelayName,
  Fault,
  JournalEntry,
  PlantedInterface,
  StaleReads,
  TokenBucket,
} from './control.ts'
export {
  type Change,
  callsUpToLastRemoval,
  countKinds,
  foreignWrites,
  judge,
  type Owner,
  type Ownership,
  reads,
  refusedWrites,
  type Verdict,
  writes,
} from './judge.ts'
export { type Row, type Snapshot, snapshot } from './oracle.ts'
export { type ReferenceOptions, tearDownByReference } from './reference.ts'
export { type AwsBed, type AwsBedStart, startAwsBed } from './start.ts'
export type { EksctlEnvironment } from './worlds/eksctl-environment.ts'
export { type HealthyCluster, stageO01 } from './worlds/o01.ts'
export { type FailedStack, RUN, stageO02 } from './worlds/o02.ts'
export {
  type SharedNetwork,
  type SharedVpc,
  type SharedVpcOptions,
  stageO20,
  type TenantCluster,
} from './worlds/o20.ts'
export { stageW0 } from './worlds/w0.ts'
export { stageW1 } from './worlds/w1.ts'
export { type ForeignMachine, stageW1f } from './worlds/w1f.ts'
export { stageW3 } from './worlds/w3.ts'
export { type StageOptions, WORLD_DELAYS, type World } from './worlds/world.ts'
