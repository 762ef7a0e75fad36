import { describe, expect, test } from 'vitest'
import { groupCommit } from '../../src/ledger/group-commit.ts'

/** A disk whose syncs end when the test says so. */
function slowDisk(): {
  commits: (readonly string[])[]
  end: (() => void)[]
  disk: ReturnType<typeof groupCommit<string>>
} {
  const commits: (readonly string[])[] = []
  const end: (() => void)[] = []
  const disk = groupCommit<string>(async (take) => {
    const batch = take()
    commits.push(batch)
    await new Promise<void>((resolve) => end.push(resolve))
    return batch.map((_, index) => index)
  })
  return { commits, end, disk }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('groupCommit', () => {
  test('commits together what arrives while a commit runs', async () => {
    const { commits, end, disk } = slowDisk()
    const first = disk.add('a')
    await turn()
    const others = [disk.add('b'), disk.add('c'), disk.add('d')]
    await turn()
    expect(commits).toEqual([['a']])
    end[0]?.()
    expect(await first).toBe(0)
    await turn()
    expect(commits).toEqual([['a'], ['b', 'c', 'd']])
    end[1]?.()
    expect(await Promise.all(others)).toEqual([0, 1, 2])
  })

  test('commits together what arrives at once', async () => {
    const { commits, end, disk } = slowDisk()
    const both = [disk.add('a'), disk.add('b')]
    await turn()
    expect(commits).toEqual([['a', 'b']])
    end[0]?.()
    await Promise.all(both)
  })

  test('is idle when everything is committed', async () => {
    const { end, disk } = slowDisk()
    await disk.idle()
    const adding = disk.add('a')
    let idle = false
    const becomingIdle = disk.idle().then(() => {
      idle = true
    })
    await turn()
    expect(idle).toBe(false)
    end[0]?.()
    await Promise.all([adding, becomingIdle])
  })

  test('gives each one its own error', async () => {
    const disk = groupCommit<string>(async (take) => take().map((item) => (item === 'bad' ? new Error('no') : 1)))
    expect(await Promise.allSettled([disk.add('good'), disk.add('bad')])).toMatchObject([
      { value: 1 },
      { reason: { message: 'no' } },
    ])
  })

  for (const [when, takes] of [
    ['after it took its batch', true],
    ['before it took its batch', false],
  ] as const)
    test(`rejects everyone when the commit fails ${when}, and goes on`, async () => {
      let fails = true
      const disk = groupCommit<string>(async (take) => {
        if (takes) take()
        if (fails) throw new Error('disk')
        return take().map(() => 1)
      })
      expect(await Promise.allSettled([disk.add('a'), disk.add('b')])).toMatchObject([
        { reason: { message: 'disk' } },
        { reason: { message: 'disk' } },
      ])
      fails = false
      expect(await disk.add('c')).toBe(1)
    })

  test('rests when nothing more has come, not between two commits', async () => {
    const seen: string[] = []
    const disk = groupCommit<string>(
      async (take) => {
        seen.push(...take())
        return [1]
      },
      async () => void seen.push('rest'),
    )
    await disk.add('a')
    await disk.add('b')
    await disk.idle()
    await disk.add('c')
    await disk.idle()
    expect(seen).toEqual(['a', 'b', 'rest', 'c', 'rest'])
  })
})
