import type { Stage } from './stage.ts'
import type { Removal } from './take-down.ts'

/** One fact about an adapter; rejects with what is wrong. `removals`: what came of removing all samples, which is done once for all cases. */
export interface AdapterCase {
  readonly name: string
  check(stage: Stage, removals: () => Promise<readonly Removal[]>): Promise<void>
}
