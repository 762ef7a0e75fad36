import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { systemContext } from '../src/index.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const month = 30 * 24 * 60 * 60 * 1000

it.each([1_000, month, 3 * month])(
  'the system sleeps %i ms, also where that is more than a timer takes',
  async (ms) => {
    let awake = false
    void systemContext()
      .sleep(ms)
      .then(() => {
        awake = true
      })
    await vi.advanceTimersByTimeAsync(ms - 1)
    expect(awake).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    expect(awake).toBe(true)
  },
)

it('a sleep ends with the reason of its signal, and leaves no timer behind', async () => {
  const stopping = new AbortController()
  const sleep = systemContext().sleep(2 * month, stopping.signal)
  const ended = expect(sleep).rejects.toThrow('stopped')
  await vi.advanceTimersByTimeAsync(month)
  stopping.abort(new Error('stopped'))
  await ended
  expect(vi.getTimerCount()).toBe(0)
  await expect(systemContext().sleep(1, stopping.signal)).rejects.toThrow('stopped')
})
