import { readFileSync, readlinkSync } from 'node:fs'
import { hostname, platform } from 'node:os'

/** Which process wrote a lock or a lease. */
export interface ProcessMark {
  readonly pid: number
  /** When it was started, as the system counts; empty where that cannot be read. Tells it from a later process of the same pid. */
  readonly started: string
  /** Equal only where pids mean the same: same machine, same boot, same pid namespace (two containers on one host count pids apart). */
  readonly machine: string
}

export function ownProcessMark(): ProcessMark {
  return { pid: process.pid, started: processStat(process.pid)?.started ?? '', machine: machineMark() }
}

/**
 * `alive` and `dead` are proofs, for processes of this machine and boot only; whatever else is `unknown`.
 * `started` is proof of `dead` alone: a process that stopped for good still stands in the table until its parent asks for it (state Z).
 */
export function processState(mark: ProcessMark): 'alive' | 'dead' | 'unknown' {
  if (mark.machine !== machineMark()) return 'unknown'
  if (!isSignalable(mark.pid)) return 'dead'
  const stat = processStat(mark.pid)
  if (stat === undefined) return 'alive'
  return stat.ended || (mark.started !== '' && stat.started !== mark.started) ? 'dead' : 'alive'
}

function machineMark(): string {
  try {
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${readlinkSync('/proc/self/ns/pid')}`
  } catch {
    return `${platform()} ${hostname()}` // no /proc: only Linux has it
  }
}

function isSignalable(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' // it lives and is another user's
  }
}

/** proc(5), /proc/pid/stat: the name in brackets may hold anything; behind it field 3 is the state, field 22 the start time. */
function processStat(pid: number): { readonly ended: boolean; readonly started: string } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return { ended: /^[ZXx]$/.test(fields[0] ?? ''), started: fields[19] ?? '' }
  } catch {
    return undefined // no /proc, or mounted so that other users' processes are hidden
  }
}
