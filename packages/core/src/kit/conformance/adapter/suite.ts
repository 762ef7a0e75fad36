import type { Stage } from './stage.ts'
import type { TakenDown } from './take-down.ts'

/** One fact about an adapter; rejects with what is wrong. `takenDown`: what came of removing all samples, which is done once for all cases. */
export interface AdapterCase {
  readonly name: string
  check(stage: Stage, takenDown: () => Promise<TakenDown>): Promise<void>
}
