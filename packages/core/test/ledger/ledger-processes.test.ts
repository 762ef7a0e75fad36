import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { describe, expect } from 'vitest'
import { entries, entry, readAll } from '../../src/kit/conformance/ledger/entries.ts'
import { fileLedger } from '../../src/ledger/file-ledger.ts'
import { test } from '../support/temporary-folder.ts'
import { virtualContext } from '../support/virtual-context.ts'
import type { Command } from './ledger-process.ts'

interface LedgerProcess {
  /** Sends a command and gives the answer. */
  ask(command: Command): Promise<unknown>
  readonly answers: AsyncIterator<string>
  kill(): Promise<void>
}

const script = join(import.meta.dirname, 'ledger-process.ts')

function startProcess(path: string): LedgerProcess {
  const child: ChildProcessByStdio<Writable, Readable, null> = spawn(process.execPath, [script, path], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  const answers = createInterface(child.stdout)[Symbol.asyncIterator]()
  return {
    answers,
    async ask(command) {
      child.stdin.write(`${JSON.stringify(command)}\n`)
      return JSON.parse((await answers.next()).value as string)
    },
    async kill() {
      child.kill('SIGKILL')
      await exited
    },
  }
}

describe('a ledger of several processes', { timeout: 60_000 }, () => {
  for (const acknowledgements of [1, 57, 800])
    test(`has every acknowledged append after kill -9 at the ${acknowledgements}. of them`, async ({ folder }) => {
      const path = join(folder, 'ledger.jsonl')
      const child = startProcess(path)
      const acknowledged = [await child.ask({ do: 'append-forever', at: '2026-01-01T00:00:00.000Z' })]
      while (acknowledged.length < acknowledgements) acknowledged.push(JSON.parse((await child.answers.next()).value))
      await child.kill()
      for (let line = await child.answers.next(); !line.done; line = await child.answers.next())
        acknowledged.push(JSON.parse(line.value))

      const ledger = fileLedger(path)
      await ledger.append([entry(1)]) // cuts what was torn, if anything was, and a lock that was left behind
      const creations = (await readAll(ledger)).map((one) => ('creation' in one ? one.creation : ''))
      for (const { creation } of acknowledged as { creation: string }[]) expect(creations).toContain(creation)
      expect(creations.at(-1)).toBe('creation-1')
      await ledger.close()
    })

  test('takes the appends of all of them, each once, numbered without a gap', async ({ folder }) => {
    const path = join(folder, 'ledger.jsonl')
    const children = [startProcess(path), startProcess(path), startProcess(path)]
    const ledger = fileLedger(path)
    const seqs = await Promise.all([
      ...children.map(async (child, index) => {
        const own: unknown[] = []
        for (let count = 0; count < 40; count++)
          own.push(await child.ask({ do: 'append', entries: [entry(100 * index + count)] }))
        return own.map((answer) => (answer as { seq: number }).seq)
      }),
      Promise.all(entries(300, 339).map((one) => ledger.append([one]))),
    ])
    expect(seqs.flat().toSorted((a, b) => a - b)).toEqual(Array.from({ length: 160 }, (_, index) => index + 1))
    const read = await readAll(ledger)
    for (const [index, own] of seqs.entries())
      for (const [count, seq] of own.entries()) expect(read[seq - 1]).toEqual(entry(100 * index + count))
    await Promise.all(children.map((child) => child.kill()))
    await ledger.close()
  })

  test('takes an intent from one and its id from another, while a run holds the lease', async ({ folder }) => {
    const path = join(folder, 'ledger.jsonl')
    const ledger = fileLedger(path)
    const lease = await ledger.acquire('aws/1', 'the parent')
    const first = startProcess(path)
    const { creation } = (await first.ask({ do: 'open-creation' })) as { creation: string }
    await first.kill()
    const second = startProcess(path)
    expect(await second.ask({ do: 'close-creation', creation, id: 'vpc-1' })).toEqual({})
    await second.kill()
    const common = { creation, run: 'r-77', kind: 'aws:vpc', parents: [], at: expect.any(String) }
    expect(await readAll(ledger)).toEqual([
      { ...common, type: 'creating' },
      { ...common, type: 'created', id: 'vpc-1' },
    ])
    if ('fence' in lease) await lease.renew() // creations take no lease: they disturb no run
    await ledger.close()
  })

  test('gives one lease to one of them, as long as that one renews it', async ({ folder }) => {
    const path = join(folder, 'ledger.jsonl')
    const child = startProcess(path)
    expect(await child.ask({ do: 'acquire', scope: 'aws/1', holder: 'the child' })).toEqual({ fence: 1 })
    const context = virtualContext()
    const ledger = fileLedger(path, { context })
    const second = ledger.acquire('aws/1', 'the parent')
    await context.sleeping()
    await child.ask({ do: 'renew' })
    expect(await context.finish(second)).toEqual({ heldBy: 'the child', since: expect.stringMatching(/^\d{4}-.*Z$/) })
    await child.kill()
    await ledger.close()
  })

  test('takes the lease of one that was killed at once', async ({ folder }) => {
    const path = join(folder, 'ledger.jsonl')
    const child = startProcess(path)
    await child.ask({ do: 'acquire', scope: 'aws/1', holder: 'the child' })
    await child.kill()
    const context = virtualContext()
    const ledger = fileLedger(path, { context })
    expect(await ledger.acquire('aws/1', 'the parent')).toHaveProperty('fence', 2)
    expect(context.monotonic()).toBe(0)
    await ledger.close()
  })

  test('fences one that lives and was silent for too long', async ({ folder }) => {
    const path = join(folder, 'ledger.jsonl')
    const child = startProcess(path)
    await child.ask({ do: 'acquire', scope: 'aws/1', holder: 'the child' })
    await child.ask({ do: 'append', entries: [entry(1)], fenced: true })
    const context = virtualContext()
    const ledger = fileLedger(path, { context })
    expect(await context.finish(ledger.acquire('aws/1', 'the parent'))).toHaveProperty('fence', 2)
    const before = await readFile(path)
    expect(await child.ask({ do: 'append', entries: [entry(2)], fenced: true })).toEqual({ error: 'FencedError' })
    expect(await child.ask({ do: 'renew' })).toEqual({ error: 'FencedError' })
    expect(await readFile(path)).toEqual(before)
    await child.kill()
    await ledger.close()
  })
})
