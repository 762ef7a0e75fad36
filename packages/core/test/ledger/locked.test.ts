import { symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { systemContext } from '../../src/adapter/context.ts'
import { fileLock, lockWaitMs } from '../../src/ledger/file-lock.ts'
import { ownProcessMark } from '../../src/ledger/process-mark.ts'
import { test } from '../support/temporary-folder.ts'
import { virtualContext } from '../support/virtual-context.ts'

describe('a lock that cannot be had', () => {
  test('is told with its path and its holder, and what to do', async ({ folder }) => {
    const path = join(folder, 'lock')
    await symlink(JSON.stringify(ownProcessMark()), path)
    const context = virtualContext()
    await expect(context.finish(fileLock(path, context)(async () => 'mine'))).rejects.toMatchObject({
      code: 'ledger-locked',
      message: `the lock ${path} is held by process ${process.pid}. Let it end; if there is no such process, remove the file`,
    })
    expect(context.monotonic()).toBeGreaterThanOrEqual(lockWaitMs)
    expect(context.monotonic()).toBeLessThan(lockWaitMs + 100)
  })

  test('is asked for ever more seldom, at most each 30 ms', async ({ folder }) => {
    const path = join(folder, 'lock')
    await symlink(JSON.stringify(ownProcessMark()), path)
    const context = virtualContext()
    const pauses: number[] = []
    const { sleep } = context
    context.sleep = (ms, signal) => {
      pauses.push(ms)
      return sleep(ms, signal)
    }
    await context.finish(fileLock(path, context)(async () => 'mine')).catch(() => undefined)
    expect(pauses[0]).toBeGreaterThanOrEqual(1)
    expect(pauses[0]).toBeLessThan(3)
    expect(Math.max(...pauses)).toBeGreaterThan(25)
    expect(Math.max(...pauses)).toBeLessThan(30)
    expect(Math.min(...pauses.slice(-100))).toBeGreaterThanOrEqual(10)
  })

  test('is told with the error of the file system where its folder is not there', async ({ folder }) => {
    const lock = fileLock(join(folder, 'missing', 'lock'), systemContext())
    await expect(lock(async () => 'mine')).rejects.toMatchObject({ code: 'ENOENT' })
  })
})
