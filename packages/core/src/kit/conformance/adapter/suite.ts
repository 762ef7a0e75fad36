import type { Stage } from './stage.ts'

/** One fact about an adapter; rejects with what is wrong. */
export interface AdapterCase {
  readonly name: string
  check(stage: Stage): Promise<void>
}
