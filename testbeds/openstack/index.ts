// The OpenStack bed, in the order of use: start it, stage things, let a tool run, ask the oracle.
export { type Account, type Answer, type Client, type Json, signIn } from './client.ts'
export {
  type BedControl,
  type BedDescription,
  connectOpenStackBed,
  type DatabaseName,
  type Faults,
} from './control.ts'
export type { Disturbance, DisturbanceKind } from './disturb.ts'
export { type Changes, changesBetween, type Inventory, type Row, snapshotOf } from './inventory.ts'
export { type JournalEntry, refusedWrites, writes } from './journal.ts'
export { addMember } from './seed.ts'
export { SERVICES, type ServiceName } from './services.ts'
export { newProject, type ServerOptions, type Staging, staging } from './staging.ts'
export { cloudsYaml, type OpenStackBed, startOpenStackBed } from './start.ts'
export { type Environment, ensureEnvironment } from './venv.ts'
