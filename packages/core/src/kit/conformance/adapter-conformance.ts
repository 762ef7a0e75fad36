import { changing } from './adapter/changing.ts'
import { connecting } from './adapter/connecting.ts'
import { failing } from './adapter/failing.ts'
import type { AdapterHarness } from './adapter/harness.ts'
import { leaving } from './adapter/leaving.ts'
import { listing } from './adapter/listing.ts'
import { owning } from './adapter/owning.ts'
import { reading } from './adapter/reading.ts'
import { removing } from './adapter/removing.ts'
import { sending } from './adapter/sending.ts'
import { openStage } from './adapter/stage.ts'
import type { AdapterCase } from './adapter/suite.ts'
import { type TakenDown, takeDown } from './adapter/take-down.ts'
import { telling } from './adapter/telling.ts'
import { type ConformanceCase, casesOf } from './case.ts'

const cases: readonly AdapterCase[] = [
  ...connecting,
  ...listing,
  ...owning,
  ...reading,
  ...telling,
  ...removing,
  ...leaving,
  ...changing,
  ...failing,
  ...sending,
]

/**
 * What core relies on, as cases for any test runner. Each has a bench of its own from `harness.setup`.
 *
 * ```ts
 * for (const { name, skip, run } of adapterConformance(harness)) test(name, { skip }, run) // node:test
 * ```
 *
 * Throws a `MisuseError` for a skip without a reason, or of a case that there is not.
 */
export function adapterConformance(harness: AdapterHarness): readonly ConformanceCase[] {
  let takenDown: Promise<TakenDown> | undefined
  return casesOf(cases, harness.skip ?? {}, async ({ check }) => {
    const bench = await harness.setup()
    try {
      const stage = await openStage(bench)
      await check(stage, () => {
        takenDown ??= takeDown(stage)
        return takenDown
      })
    } finally {
      await harness.teardown?.(bench)
    }
  })
}
