export { MemoryCloudError } from './errors.ts'
export type { Call, Fault } from './faults.ts'
export { type GeneratedWorld, type GenerateOptions, generateWorld } from './generate.ts'
export { type MemoryCloud, type MemoryCloudOptions, memoryCloud } from './memory-cloud.ts'
export type { MemoryProvider } from './provider.ts'
export { type Random, seededRandom } from './random.ts'
export type {
  MemoryData,
  MemoryKind,
  NewResource,
  PartOf,
  Pointer,
  RemovalRules,
  Use,
  WorldResource,
} from './resource.ts'
export { standardKinds } from './standard-kinds.ts'
export { type VirtualContext, type VirtualContextOptions, virtualContext } from './virtual-context.ts'
export type { Change, Harm, JournalEntry, World } from './world.ts'
