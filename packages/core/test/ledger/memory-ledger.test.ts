import { describe, expect, test } from 'vitest'
import { entry, readAll } from '../../src/kit/conformance/ledger/entries.ts'
import { memoryLedger } from '../../src/ledger/memory-ledger.ts'

describe('memoryLedger', () => {
  test('says that it is closed, whatever is asked of it', async () => {
    const ledger = memoryLedger()
    await ledger.close()
    const refusal = { code: 'ledger-closed', message: 'the ledger is closed' }
    await expect(ledger.append([entry(1)])).rejects.toMatchObject(refusal)
    await expect(readAll(ledger)).rejects.toMatchObject(refusal)
    await expect(ledger.acquire('aws/1', 'run a')).rejects.toMatchObject(refusal)
    await expect(ledger.holder?.('aws/1')).rejects.toMatchObject(refusal)
  })

  test('says which fence it does not take', async () => {
    await expect(memoryLedger().append([entry(1)], 7)).rejects.toMatchObject({
      code: 'fenced',
      message: 'the ledger takes nothing under fence 7: another run has taken the lease since',
    })
  })

  test('has leases of the time that it was given, and none of no time', async () => {
    const lease = await memoryLedger({ leaseMs: 5_000 }).acquire('aws/1', 'run a')
    expect('fence' in lease && lease.leftMs()).toBeLessThanOrEqual(5_000)
    for (const leaseMs of [0, -1, Number.NaN])
      expect(() => memoryLedger({ leaseMs })).toThrow('a lease needs a time above 0')
  })
})
