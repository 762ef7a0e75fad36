import { describe, expect, test } from 'vitest'
import { adapterConformance } from '../../src/kit/conformance/index.ts'
import { memoryHarness } from './memory-harness.ts'

describe('the adapter of the memory cloud', () => {
  for (const { name, run } of adapterConformance(memoryHarness())) test(name, run)
})

describe('a skip', () => {
  const name = 'names junk without throwing'

  test('is told with its reason, and is no success where a runner overlooks it', async () => {
    const cases = adapterConformance({ ...memoryHarness(), skip: { [name]: 'nobody throws junk' } })
    expect(cases.filter(({ skip }) => skip !== undefined)).toMatchObject([{ name, skip: 'nobody throws junk' }])
    await expect(cases.find((one) => one.name === name)?.run()).rejects.toThrow('nobody throws junk')
  })

  test.each([
    [{ 'names junk': 'nobody throws junk' }, 'there is no such case'],
    [{ toString: 'nobody throws junk' }, 'there is no such case'],
    [{ [name]: ' ' }, 'needs a reason'],
  ])('of %o is an error', (skip, message) => {
    expect(() => adapterConformance({ ...memoryHarness(), skip })).toThrow(message)
  })
})

test('what the harness leaves out is asked for by name', async () => {
  const { setup } = memoryHarness()
  const cases = adapterConformance({
    setup: async () => {
      const { many: _, ...bench } = await setup()
      return bench
    },
  })
  await expect(cases.find(({ name }) => name === 'goes through more than one page')?.run()).rejects.toThrow('"many"')
})

test('a case that failed tears down as well', async () => {
  let standing = 0
  const harness = memoryHarness()
  const [first] = adapterConformance({
    async setup() {
      standing++
      return {
        ...(await harness.setup()),
        adapter: { name: 'none', version: '1', connect: () => Promise.reject(new Error('no')) },
      }
    },
    async teardown() {
      standing--
    },
  })
  await expect(first?.run()).rejects.toThrow('no')
  expect(standing).toBe(0)
})
