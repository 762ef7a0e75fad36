// In a process of its own and without permissions to write or to call anybody: imports what it is told to and prints what that cost.
import { subscribe } from 'node:diagnostics_channel'

export interface ImportCost {
  readonly ms: number
  /** Attempts that Node refused. */
  readonly network: number
  readonly filesWritten: number
}

const attempts = { Net: 0, FileSystemWrite: 0 }
for (const channel of ['node:permission-model:net', 'node:permission-model:fs'])
  subscribe(channel, (message) => {
    const { permission } = message as { readonly permission: string }
    if (permission === 'Net' || permission === 'FileSystemWrite') attempts[permission]++
  })

const startedAt = performance.now()
await import(process.argv[2] as string)
const ms = performance.now() - startedAt
await new Promise((resolve) => setTimeout(resolve, 20)) // what it may have begun
const cost: ImportCost = { ms, network: attempts.Net, filesWritten: attempts.FileSystemWrite }
console.log(JSON.stringify(cost))
