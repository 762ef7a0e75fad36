import { readdir, readlink, symlink, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { systemContext } from '../../src/adapter/context.ts'
import { fileLock, lockWaitMs, staleLockMs } from '../../src/ledger/file-lock.ts'
import { ownProcessMark } from '../../src/ledger/process-mark.ts'
import { MisuseError } from '../../src/model/errors.ts'
import { test } from '../support/temporary-folder.ts'
import { virtualContext } from '../support/virtual-context.ts'

/** Above the largest pid that Linux gives (2^22, proc(5)). */
const noPid = 1 << 30

describe('fileLock', () => {
  for (const [what, leftBehind] of [
    ['on one file', false],
    ['on a file that a dead process left behind', true],
  ] as const)
    test(`lets one in at a time, of many locks ${what}`, async ({ folder }) => {
      const path = join(folder, 'lock')
      if (leftBehind) await symlink(JSON.stringify({ ...ownProcessMark(), pid: noPid }), path)
      let inside = 0
      await Promise.all(
        Array.from({ length: 8 }, async () => {
          const lock = fileLock(path, systemContext())
          for (let round = 0; round < 5; round++)
            await lock(async () => {
              expect(++inside).toBe(1)
              for (let turn = 0; turn < 20; turn++) await readdir(folder)
              inside--
            })
        }),
      )
      expect(await readdir(folder)).toEqual([])
    })

  test('takes turns within a process in the order of the calls', async ({ folder }) => {
    const lock = fileLock(join(folder, 'lock'), virtualContext())
    const order: number[] = []
    await Promise.all([1, 2, 3].map((one) => lock(async () => void order.push(one))))
    expect(order).toEqual([1, 2, 3])
  })

  test('is free again after work that failed', async ({ folder }) => {
    const lock = fileLock(join(folder, 'lock'), virtualContext())
    await expect(lock(() => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(await lock(async () => 'yes')).toBe('yes')
  })

  test('removes at once what a dead process of this machine left behind', async ({ folder }) => {
    const path = join(folder, 'lock')
    const context = virtualContext()
    for (const mark of [
      { ...ownProcessMark(), pid: noPid },
      { ...ownProcessMark(), started: '1' },
    ]) {
      await writeFile(path, JSON.stringify(mark))
      expect(await fileLock(path, context)(async () => 'mine')).toBe('mine')
    }
    expect(context.monotonic()).toBe(0)
    expect(await readdir(folder)).toEqual([])
  })

  for (const [whose, content] of [
    ['of another machine', JSON.stringify({ pid: 1, started: '1', machine: 'elsewhere' })],
    ['that does not say whose it is', 'mine'],
  ] as const)
    test(`watches a lock ${whose} for its time, then removes it`, async ({ folder }) => {
      const path = join(folder, 'lock')
      await symlink(content, path)
      const context = virtualContext()
      expect(await context.finish(fileLock(path, context)(async () => 'mine'))).toBe('mine')
      expect(context.monotonic()).toBeGreaterThanOrEqual(staleLockMs)
      expect(await readdir(folder)).toEqual([])
    })

  test('never removes the lock of a living process, and gives up with its pid', async ({ folder }) => {
    const path = join(folder, 'lock')
    const held = JSON.stringify(ownProcessMark())
    await symlink(held, path)
    const context = virtualContext()
    const waiting = context.finish(fileLock(path, context)(async () => 'mine'))
    await expect(waiting).rejects.toThrow(MisuseError)
    await expect(waiting).rejects.toThrow(String(process.pid))
    expect(context.monotonic()).toBeGreaterThanOrEqual(lockWaitMs)
    expect(await readdir(folder)).toEqual(['lock'])
  })

  test('does not let work count whose lock was taken over meanwhile, nor removes the other lock', async ({
    folder,
  }) => {
    const path = join(folder, 'lock')
    const context = virtualContext()
    const work = fileLock(
      path,
      context,
    )(async () => {
      await unlink(path)
      await symlink('another', path)
      await context.advance(staleLockMs)
    })
    await expect(work).rejects.toMatchObject({ code: 'ledger-lock-lost' })
    await expect(work).rejects.toThrow(`the lock ${path} was taken over while this process was stopped`)
    expect(await readdir(folder)).toEqual(['lock'])
  })

  test('lets work of several parts ask whether the lock is still held', async ({ folder }) => {
    const path = join(folder, 'lock')
    const context = virtualContext()
    const parts: string[] = []
    const work = fileLock(
      path,
      context,
    )(async (assertHeld) => {
      await assertHeld()
      parts.push('before')
      await context.advance(staleLockMs)
      await assertHeld() // late, but nobody has taken it
      parts.push('late')
      await unlink(path)
      await symlink('another', path)
      await assertHeld()
      parts.push('lost')
    })
    await expect(work).rejects.toMatchObject({ code: 'ledger-lock-lost' })
    expect(parts).toEqual(['before', 'late'])
  })

  test('lets work count that took long while nobody took the lock, and lets go of it', async ({ folder }) => {
    const context = virtualContext()
    const lock = fileLock(join(folder, 'lock'), context)
    expect(await lock(() => context.advance(2 * staleLockMs).then(() => 'done'))).toBe('done')
    expect(await readdir(folder)).toEqual([])
  })

  test('says which process holds it, and which time this is', async ({ folder }) => {
    const path = join(folder, 'lock')
    const lock = fileLock(path, virtualContext())
    const held = [await lock(() => readlink(path)), await lock(() => readlink(path))].map((text) => JSON.parse(text))
    expect(held).toEqual([
      { ...ownProcessMark(), id: expect.any(String) },
      { ...ownProcessMark(), id: expect.any(String) },
    ])
    expect(held[0].id).not.toBe(held[1].id)
  })

  test('watches a lock anew when it has changed hands', async ({ folder }) => {
    const path = join(folder, 'lock')
    await symlink('of one', path)
    const context = virtualContext()
    let changed = false
    const sleep = context.sleep
    context.sleep = async (ms, signal) => {
      if (!changed && context.monotonic() > 0.8 * staleLockMs) {
        changed = true
        await unlink(path)
        await symlink('of another', path)
      }
      await sleep(ms, signal)
    }
    expect(await context.finish(fileLock(path, context)(async () => 'mine'))).toBe('mine')
    expect(context.monotonic()).toBeGreaterThanOrEqual(1.8 * staleLockMs)
  })

  test('understands a lock that is a file, from where there are no links', async ({ folder }) => {
    const path = join(folder, 'lock')
    await writeFile(path, JSON.stringify({ ...ownProcessMark(), pid: noPid }))
    expect(await fileLock(path, virtualContext())(async () => 'mine')).toBe('mine')
    expect(await readdir(folder)).toEqual([])
  })
})
