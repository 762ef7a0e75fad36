import type { Policy } from '../../src/index.ts'
import type { MemoryCloud, MemoryKind, NewResource, WorldResource } from '../../src/kit/testing/index.ts'
import { exactCloud, mine } from './tear-down.ts'

/** The policy that lets the protection of `guarded` be lifted. */
export const lift: Policy = { liftProtection: ['box'] }

/** One box with a protection. */
export function guarded(
  kind: Partial<MemoryKind> = {},
  more: Partial<NewResource> = {},
): MemoryCloud & { box: WorldResource } {
  const cloud = exactCloud({ kinds: [{ name: 'cloud:box', ...kind }] })
  return {
    ...cloud,
    box: cloud.world.add({ kind: 'cloud:box', id: 'box', tags: mine, protections: ['lock'], ...more }),
  }
}
