// Starts the AWS bed. As a program it prints one JSON line and runs until it is stopped:
//   node --conditions=@cleardown/source testbeds/aws/start.ts
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { type BedControl, bedControl } from './control.ts'
import { BED_FOLDER, ensurePython } from './venv.ts'

const START_LIMIT_MS = 60_000
const STOP_LIMIT_MS = 5_000
const REMEMBERED_LINES = 20

export interface AwsBedStart {
  /** 0, the default, takes a free port. */
  port?: number
}

export interface AwsBed extends BedControl, AsyncDisposable {
  /** For every client, e.g. `http://127.0.0.1:41234`. */
  endpoint: string
  account: string
  /** Of the server. */
  pid: number
  stop(): Promise<void>
}

/** Starts the server, after making its Python environment when that is missing. It ends with the process that started it. */
export async function startAwsBed(options: AwsBedStart = {}): Promise<AwsBed> {
  const python = await ensurePython()
  const child = spawn(python, ['-m', 'bed.server', '--port', String(options.port ?? 0)], {
    cwd: BED_FOLDER,
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1', PYTHONNOUSERSITE: '1', PYTHONPATH: '' },
    stdio: ['pipe', 'pipe', 'pipe'], // the server reads its stdin only to learn that we are gone
  })
  const ready = await firstLine(child)
  release(child)
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.ref() // so that whoever awaits the end gets to see it
    const ended = once(child, 'exit')
    child.kill('SIGTERM')
    await Promise.race([ended, sleep(STOP_LIMIT_MS, undefined, { ref: false }).then(() => child.kill('SIGKILL'))])
  }
  return {
    endpoint: ready.endpoint,
    account: ready.account,
    pid: ready.pid,
    ...bedControl(ready.endpoint),
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

interface Ready {
  endpoint: string
  account: string
  pid: number
}

async function firstLine(child: ChildProcess): Promise<Ready> {
  if (!child.stdout || !child.stderr) throw new Error('The AWS bed was started without pipes.')
  const said: string[] = []
  let ready = false
  createInterface({ input: child.stderr }).on('line', (text) => {
    if (ready) process.stderr.write(`AWS bed: ${text}\n`) // traces of bugs
    said.push(text)
    if (said.length > REMEMBERED_LINES) said.shift()
  })
  const failed = (why: string): Error => new Error(`The AWS bed ${why}.\n${said.join('\n')}`)
  const lines = createInterface({ input: child.stdout })
  const limit = AbortSignal.timeout(START_LIMIT_MS)
  const line = await Promise.race([
    once(lines, 'line', { signal: limit }).then(([text]) => String(text)),
    once(child, 'exit').then(([code]) => Promise.reject(failed(`ended with ${code} before it was ready`))),
    once(child, 'error').then(([error]) => Promise.reject(error)),
  ]).catch((error: unknown) => {
    child.kill('SIGKILL')
    throw limit.aborted ? failed(`was not ready after ${START_LIMIT_MS / 1000} s`) : error
  })
  ready = true
  return JSON.parse(line) as Ready
}

/** The bed never keeps its starter alive: when that ends, stdin closes and the server follows. */
function release(child: ChildProcess): void {
  child.unref()
  for (const pipe of [child.stdin, child.stdout, child.stderr]) (pipe as { unref?: () => void } | null)?.unref?.()
}

if (import.meta.main) {
  const bed = await startAwsBed({ port: Number(process.argv[2] ?? 0) })
  const end = (): void => void bed.stop().finally(() => process.exit(0))
  process.once('SIGINT', end).once('SIGTERM', end)
  setInterval(() => {}, 2 ** 30) // the bed keeps nobody alive
  console.log(JSON.stringify({ endpoint: bed.endpoint, account: bed.account, pid: bed.pid }))
}
