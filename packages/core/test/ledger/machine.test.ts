import { existsSync, readFileSync, readlinkSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { ownProcessMark, processState } from '../../src/ledger/process-mark.ts'

/** Field 22 of proc(5), `/proc/<pid>/stat`. */
const startedOf = (pid: number): string | undefined => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
}

describe('the mark of a process', () => {
  test('says its pid', () => {
    expect(ownProcessMark().pid).toBe(process.pid)
  })

  describe.runIf(existsSync('/proc/self/stat'))('where there is /proc', () => {
    test('says when it was started, as the system counts', () => {
      expect(ownProcessMark().started).toBe(startedOf(process.pid))
      expect(ownProcessMark().started).toMatch(/^\d+$/)
    })

    test('says on which machine, since which boot, and where pids mean the same', () => {
      const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
      expect(ownProcessMark().machine).toBe(`${boot} ${readlinkSync('/proc/self/ns/pid')}`)
    })

    test('of a living process with its own start is alive', () => {
      const started = startedOf(process.ppid) as string
      expect(processState({ ...ownProcessMark(), pid: process.ppid, started })).toBe('alive')
      expect(processState({ ...ownProcessMark(), pid: process.ppid, started: `${started}0` })).toBe('dead')
    })
  })
})
