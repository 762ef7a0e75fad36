import { expect, test } from 'vitest'
import { main } from './main.ts'

test('removes ci-1 to the last folder, lifts the one lock that it may, and leaves ci-10 alone', async () => {
  const printed: string[] = []
  const result = await main((text) => printed.push(text))
  expect(result).toEqual({
    outcome: 'clean',
    verified: 'clean',
    exitCode: 0,
    left: ['.disk', 'ci-10', 'ci-10/main', 'ci-10/src', 'ci-10/src/main.c'],
  })
  expect(printed.join('\n')).toContain('lift   lock of disk:folder ci-1/build')
})
