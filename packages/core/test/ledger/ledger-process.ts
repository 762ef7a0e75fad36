// Another process with the same ledger. Takes one command a line (JSON) and answers with one line (JSON) each; ends when its input does.
import { createInterface } from 'node:readline'
import { fileLedger } from '../../src/ledger/file-ledger.ts'
import type { Lease, LedgerEntry } from '../../src/ledger/ledger.ts'
import { closeCreation, openCreation } from '../../src/ledger/record-creation.ts'

export type Command =
  | { readonly do: 'append'; readonly entries: readonly LedgerEntry[]; readonly fenced?: boolean }
  | { readonly do: 'acquire'; readonly scope: string; readonly holder: string }
  | { readonly do: 'renew' }
  | { readonly do: 'open-creation' }
  | { readonly do: 'close-creation'; readonly creation: string; readonly id: string }
  /** Appends one entry after the other, many at once, and writes down each number that was acknowledged, until it is killed. */
  | { readonly do: 'append-forever'; readonly at: string }

const ledger = fileLedger(process.argv[2] as string)
let lease: Lease | undefined

for await (const line of createInterface(process.stdin)) {
  const answer = await carryOut(JSON.parse(line) as Command).catch((error: Error) => ({ error: error.name }))
  process.stdout.write(`${JSON.stringify(answer)}\n`)
}
await ledger.close()

async function carryOut(command: Command): Promise<object> {
  switch (command.do) {
    case 'append':
      return { seq: await ledger.append(command.entries, command.fenced ? lease?.fence : undefined) }
    case 'acquire': {
      const result = await ledger.acquire(command.scope, command.holder)
      if ('heldBy' in result) return result
      lease = result
      return { fence: lease.fence }
    }
    case 'renew':
      await lease?.renew()
      return {}
    case 'open-creation':
      return { creation: await openCreation(ledger, { kind: 'aws:vpc', run: 'r-77', parents: [] }) }
    case 'close-creation':
      await closeCreation(ledger, command.creation, { id: command.id })
      return {}
    case 'append-forever':
      return await Promise.all(Array.from({ length: 20 }, (_, lane) => appendForever(command.at, lane)))
  }
}

async function appendForever(at: string, lane: number): Promise<never> {
  for (let count = 0; ; count++) {
    const creation = `${lane}-${count}`
    await ledger.append([{ at, type: 'creating', creation, run: 'r-77', kind: 'aws:vpc', parents: [] }])
    process.stdout.write(`${JSON.stringify({ creation })}\n`)
  }
}
