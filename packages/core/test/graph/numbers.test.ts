import { expect, test } from 'vitest'
import { bytes, float64s, int32s } from '../../src/graph/numbers.ts'

test.each([0, 3, 1_000_000])('%i numbers of each kind are zeros', (length) => {
  for (const list of [int32s(length), float64s(length), bytes(length)]) {
    expect(list.length).toBe(length)
    expect(list.every((one) => one === 0)).toBe(true)
  }
})

test('large arrays are no external memory, for which V8 would mark its heap', () => {
  const before = process.memoryUsage().external
  const large = int32s(10_000_000)
  expect(process.memoryUsage().external - before).toBeLessThan(large.byteLength / 2)
})
