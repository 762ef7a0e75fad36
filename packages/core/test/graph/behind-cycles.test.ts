import { describe, expect, test } from 'vitest'
import { behindCycles } from '../../src/graph/behind-cycles.ts'
import { graphOf } from '../../src/graph/graph.ts'

/** `ab bc`: edges between nodes that are called by letters. */
function behind(size: number, edges: string): string {
  const all = edges.split(' ').filter((one) => one !== '')
  const marked = behindCycles(
    graphOf(size, (add) => {
      for (const [index, one] of all.entries()) add(one.charCodeAt(0) - 97, one.charCodeAt(1) - 97, index)
    }),
  )
  return [...marked].flatMap((mark, node) => (mark === 1 ? [String.fromCharCode(97 + node)] : [])).join('')
}

describe('what lies on a cycle or behind one', () => {
  test('is nothing where there is no cycle', () => {
    expect(behind(0, '')).toBe('')
    expect(behind(1, '')).toBe('')
    expect(behind(5, 'ab ac bd cd de ad')).toBe('')
  })

  test.each([
    ['a node that leads to itself', 3, 'aa', 'a'],
    ['the cycle', 4, 'ab bc ca', 'abc'],
    ['and all that follows it, at any distance', 5, 'ab ba bc cd', 'abcd'],
    ['not what leads to it', 5, 'ab bc cd dc', 'cd'],
    ['not what stands beside it', 6, 'ab ba cd de', 'ab'],
    ['what follows it, though other ways lead there', 5, 'ab ba bc dc ec', 'abc'],
    ['two cycles and what is behind both', 6, 'ab ba cd dc be ce', 'abcde'],
    ['what follows it by two edges', 4, 'aa ab ab bc', 'abc'],
  ])('is %s', (_, size, edges, expected) => {
    expect(behind(size, edges)).toBe(expected)
  })
})
