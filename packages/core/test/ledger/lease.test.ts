import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { fileLedger } from '../../src/ledger/file-ledger.ts'
import { defaultLeaseMs, type LeaseRecord } from '../../src/ledger/lease.ts'
import { test } from '../support/temporary-folder.ts'
import { virtualContext } from '../support/virtual-context.ts'

/** Lets a process acquire a lease, and then be another one: `edit` says which. */
async function leaseOf(path: string, edit: (record: LeaseRecord) => LeaseRecord): Promise<void> {
  const ledger = fileLedger(path)
  await ledger.acquire('aws/1', 'run a')
  await ledger.close()
  const { format, leases } = JSON.parse(await readFile(`${path}.leases`, 'utf8')) as {
    format: string
    leases: LeaseRecord[]
  }
  await writeFile(`${path}.leases`, JSON.stringify({ format, leases: leases.map(edit) }))
}

describe('the lease of a file ledger', () => {
  test('of a dead process of another machine is taken after its time, not at once', async ({ folder }) => {
    const path = join(folder, 'ledger.jsonl')
    await leaseOf(path, (record) => ({ ...record, process: { pid: 1 << 30, started: '1', machine: 'elsewhere' } }))
    const context = virtualContext()
    const ledger = fileLedger(path, { context })
    expect(await context.finish(ledger.acquire('aws/1', 'run b'))).toHaveProperty('fence', 2)
    expect(context.monotonic()).toBeGreaterThanOrEqual(defaultLeaseMs)
    await ledger.close()
  })

  test('of a process whose pid another one has now is taken at once', async ({ folder }) => {
    const path = join(folder, 'ledger.jsonl')
    await leaseOf(path, (record) => ({ ...record, process: { ...(record.process as object), started: '1' } as never }))
    const ledger = fileLedger(path, { context: virtualContext() })
    expect(await ledger.acquire('aws/1', 'run b')).toHaveProperty('fence', 2)
    await ledger.close()
  })

  test('is watched for the time of its holder, not of the observer', async ({ folder }) => {
    const path = join(folder, 'ledger.jsonl')
    const context = virtualContext()
    const [patient, hasty] = [
      fileLedger(path, { context, leaseMs: 500_000 }),
      fileLedger(path, { context, leaseMs: 10 }),
    ]
    await patient.acquire('aws/1', 'run a')
    expect(await context.finish(hasty.acquire('aws/1', 'run b'))).toHaveProperty('fence', 2)
    expect(context.monotonic()).toBeGreaterThanOrEqual(500_000)
    await Promise.all([patient.close(), hasty.close()])
  })

  test('leaves the leases on other scopes as they are', async ({ folder }) => {
    const path = join(folder, 'ledger.jsonl')
    const ledger = fileLedger(path)
    const leases = [await ledger.acquire('aws/1', 'run a'), await ledger.acquire('openstack/2', 'run b')]
    const [first] = leases
    if (first === undefined || !('fence' in first)) throw new Error('the scope was free')
    await first.renew()
    await first.release()
    const table = JSON.parse(await readFile(`${path}.leases`, 'utf8')) as { leases: LeaseRecord[] }
    expect(table.leases).toMatchObject([
      { scope: 'aws/1', beat: 1, released: true },
      { scope: 'openstack/2', beat: 0, released: false },
    ])
    await ledger.close()
  })

  test('has nothing left once another run has taken it', async ({ folder }) => {
    const path = join(folder, 'ledger.jsonl')
    const context = virtualContext()
    const ledger = fileLedger(path, { context })
    const lease = await ledger.acquire('aws/1', 'run a')
    if (!('fence' in lease)) throw new Error('the scope was free')
    await context.finish(ledger.acquire('aws/1', 'run b'))
    await context.advance(1)
    await expect(lease.renew()).rejects.toMatchObject({ code: 'fenced' })
    expect(lease.leftMs()).toBe(0)
    await ledger.close()
  })

  test('that is over says whose it was', async ({ folder }) => {
    const ledger = fileLedger(join(folder, 'ledger.jsonl'))
    const lease = await ledger.acquire('aws/1', 'run a')
    if (!('fence' in lease)) throw new Error('the scope was free')
    await lease.release()
    await expect(lease.renew()).rejects.toMatchObject({
      code: 'fenced',
      message: 'the lease of run a on aws/1 has ended: it was released, or another run has taken it',
    })
    await expect(ledger.acquire('', 'run a')).rejects.toMatchObject({
      code: 'bad-lease',
      message: 'a lease needs a scope and a holder; scope is "", holder is "run a"',
    })
    await ledger.close()
  })

  test('is never given anew with an old fence, whatever was released', async ({ folder }) => {
    const path = join(folder, 'ledger.jsonl')
    const fences: number[] = []
    for (let round = 0; round < 5; round++) {
      const ledger = fileLedger(path)
      const lease = await ledger.acquire(`aws/${round % 2}`, 'run a')
      if ('fence' in lease) {
        fences.push(lease.fence)
        await lease.release()
      }
      await ledger.close()
    }
    expect(fences).toEqual([1, 2, 3, 4, 5])
  })

  test('is not guessed from a table that is broken', async ({ folder }) => {
    const path = join(folder, 'ledger.jsonl')
    for (const text of ['', '{', '{"format":"cleardown-leases/2","leases":[]}', '{"format":"cleardown-leases/1"}']) {
      await writeFile(`${path}.leases`, text)
      const ledger = fileLedger(path)
      await expect(ledger.acquire('aws/1', 'run a')).rejects.toMatchObject({
        name: 'LedgerCorruptError',
        message: expect.stringContaining('it is no table of leases of the format "cleardown-leases/1"'),
      })
      await ledger.close()
    }
  })
})
