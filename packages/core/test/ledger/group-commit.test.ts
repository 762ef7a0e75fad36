import { describe, expect, test } from 'vitest'
import { type GroupCommit, groupCommit } from '../../src/ledger/group-commit.ts'
import { BrokenInvariantError } from '../../src/model/errors.ts'

/** Commits until nothing more is waiting. */
function disk<T>(
  write: (batch: readonly T[]) => Promise<readonly (number | Error)[]>,
  rest?: () => Promise<void>,
): GroupCommit<T> {
  return groupCommit<T>(async (commitNext) => {
    while (await commitNext(write));
  }, rest)
}

/** A disk whose syncs end when the test says so. */
function slowDisk(): { commits: (readonly string[])[]; end: (() => void)[]; disk: GroupCommit<string> } {
  const commits: (readonly string[])[] = []
  const end: (() => void)[] = []
  const slow = disk<string>(async (batch) => {
    commits.push(batch)
    await new Promise<void>((resolve) => end.push(resolve))
    return batch.map((_, index) => index)
  })
  return { commits, end, disk: slow }
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
    const { add } = disk<string>(async (batch) => batch.map((item) => (item === 'bad' ? new Error('no') : 1)))
    expect(await Promise.allSettled([add('good'), add('bad')])).toMatchObject([
      { value: 1 },
      { reason: { message: 'no' } },
    ])
  })

  test('takes no answer for a bug, not for a success', async () => {
    await expect(disk(async () => []).add('a')).rejects.toThrow(BrokenInvariantError)
  })

  test('rejects a batch that could not be written, ends the turn, and goes on in the next one', async () => {
    const turns: string[][] = []
    const { add } = groupCommit<string>(async (commitNext) => {
      const batches: string[] = []
      turns.push(batches)
      const write = async (batch: readonly string[]): Promise<number[]> => {
        batches.push(batch.join(' '))
        if (batch.includes('bad')) throw new Error('disk')
        return batch.map(() => 1)
      }
      while (await commitNext(write));
    })
    const first = [add('a'), add('bad')]
    const later = turn().then(() => add('c'))
    expect(await Promise.allSettled([...first, later])).toMatchObject([
      { reason: { message: 'disk' } },
      { reason: { message: 'disk' } },
      { value: 1 },
    ])
    expect(turns).toEqual([['a bad'], ['c']])
  })

  test('rejects everyone who waits for a turn that could not begin, and begins another one for the next', async () => {
    let locked = true
    const { add } = groupCommit<string>(async (commitNext) => {
      if (locked) throw new Error('locked')
      await commitNext(async (batch) => batch.map(() => 1))
    })
    expect(await Promise.allSettled([add('a'), add('b')])).toMatchObject([
      { reason: { message: 'locked' } },
      { reason: { message: 'locked' } },
    ])
    locked = false
    expect(await add('c')).toBe(1)
  })

  test('begins a new turn for what the last one left', async () => {
    let turns = 0
    const { add } = groupCommit<string>(async (commitNext) => {
      turns++
      await commitNext(async (batch) => batch.map(() => turns))
    })
    const second = add('a').then(() => add('b'))
    expect(await second).toBe(2)
  })

  test('rests when nothing more has come, not between two commits', async () => {
    const seen: string[] = []
    const { add, idle } = disk<string>(
      async (batch) => {
        seen.push(...batch)
        return [1]
      },
      async () => void seen.push('rest'),
    )
    await add('a')
    await add('b')
    await idle()
    await add('c')
    await idle()
    expect(seen).toEqual(['a', 'b', 'rest', 'c', 'rest'])
  })
})
