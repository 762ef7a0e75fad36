import { describe, expect, test } from 'vitest'
import { adapterConformance } from '../../src/kit/conformance/index.ts'
import { actingLies } from './lies/acting.ts'
import { lookingLies } from './lies/looking.ts'
import { tellingLies } from './lies/telling.ts'
import { memoryHarness } from './memory-harness.ts'

const lies = [...lookingLies, ...tellingLies, ...actingLies]

describe('an adapter that lies fails in the one case that is about it', () => {
  test.each(lies)('$lie', async ({ seenBy, tell }) => {
    const failed: [string, unknown][] = []
    for (const { name, run } of adapterConformance(memoryHarness(tell)))
      await run().catch((error: unknown) => failed.push([name, error]))
    expect(
      failed.map(([name]) => name),
      failed.map(([, error]) => String(error)).join('\n'),
    ).toEqual([seenBy])
  })
})

test('each case is there for a lie', () => {
  const seen = new Set(lies.map(({ seenBy }) => seenBy))
  const cases = adapterConformance(memoryHarness()).map(({ name }) => name)
  expect(cases.filter((name) => !seen.has(name))).toEqual([])
  expect([...seen].filter((name) => !cases.includes(name))).toEqual([])
})
