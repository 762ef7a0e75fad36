import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { describe, expect, test } from 'vitest'
import { ownProcessMark, processState } from '../../src/ledger/process-mark.ts'

const statOf = (pid: number | undefined): string => readFileSync(`/proc/${pid}/stat`, 'latin1')

async function until(done: () => boolean): Promise<void> {
  while (!done()) await new Promise((turn) => setImmediate(turn))
}

describe('processState', () => {
  test('knows that this process lives', () => {
    expect(processState(ownProcessMark())).toBe('alive')
  })

  test('knows that another process lives', () => {
    expect(processState({ ...ownProcessMark(), pid: process.ppid, started: '' })).toBe('alive')
  })

  test('knows that nobody has a pid', () => {
    expect(processState({ ...ownProcessMark(), pid: 1 << 30 })).toBe('dead')
  })

  test('knows nothing of another machine, another boot or another container', () => {
    expect(processState({ ...ownProcessMark(), pid: 1 << 30, machine: 'elsewhere' })).toBe('unknown')
  })

  describe.runIf(existsSync('/proc/self/stat'))('where there is /proc', () => {
    test('is not deceived by a later process of the same pid', () => {
      expect(processState({ ...ownProcessMark(), started: '1' })).toBe('dead')
    })

    test('takes a process for dead that has ended and that its parent has not asked for', async () => {
      // The shell becomes a program that never asks for the child that the shell had started; the child ends only then.
      const parent = spawn('sh', ['-c', 'tail -f /dev/null & echo $!; exec tail -f /dev/null'], {
        stdio: ['ignore', 'pipe', 'ignore'],
      })
      const { value } = await createInterface(parent.stdout)[Symbol.asyncIterator]().next()
      const pid = Number(value)
      await until(() => /\(tail\)/.test(statOf(parent.pid)))
      process.kill(pid, 'SIGKILL')
      await until(() => /\) Z /.test(statOf(pid)))
      expect(processState({ ...ownProcessMark(), pid, started: '' })).toBe('dead')
      parent.kill()
    })
  })
})
