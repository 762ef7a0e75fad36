// The Python processes of the bed. Each has a process group of its own and ends, with all of it, when our end of its stdin closes.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'

const STOP_LIMIT_MS = 5_000
const SHOWN_LINES = 25

export interface Program {
  python: string
  args: readonly string[]
  folder: string
  env: NodeJS.ProcessEnv
  /** Both outputs go there. */
  log: string
}

export interface Running {
  pid: number
  /** What it wrote to file descriptor 3. Rejects when it ends without a word. */
  said: Promise<string>
  /** Its exit code. */
  ended: Promise<number | null>
  stop(): Promise<void>
}

export function run({ python, args, folder, env, log }: Program): Running {
  const output = openSync(log, 'a')
  const child = spawn(python, args, {
    cwd: folder,
    env,
    stdio: ['pipe', output, output, 'pipe'],
    detached: true, // its own process group
  })
  closeSync(output)
  const ended = once(child, 'exit').then(([code]) => code as number | null)
  const ready = child.stdio[3] as Readable
  const said = text(ready).then(async (word) => {
    if (word !== '') return word
    throw new Error(`${args.join(' ')} ended with ${await ended}. The end of ${log}:\n${tail(log)}`)
  })
  said.catch(() => {}).finally(() => release(child)) // who waits for it gets the failure too
  return {
    pid: child.pid ?? 0,
    said,
    ended,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.ref() // so that whoever awaits the end gets to see it
      const limit = setTimeout(() => signalGroup(child, 'SIGKILL'), STOP_LIMIT_MS)
      child.stdin?.destroy()
      await ended
      clearTimeout(limit)
    },
  }
}

/** Once it has said its word, it does not keep the process that started it alive. */
function release(child: ChildProcess): void {
  child.unref()
  for (const pipe of [child.stdin, child.stdio[3]]) (pipe as { unref?: () => void } | null)?.unref?.()
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, signal)
  } catch {
    // It ended meanwhile.
  }
}

function tail(file: string): string {
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-SHOWN_LINES).join('\n')
}
