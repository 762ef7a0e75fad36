import assert from 'node:assert/strict'
import type { LedgerEntry } from '../../../ledger/ledger.ts'
import { MisuseError } from '../../../model/errors.ts'
import { entries, entry, readAll } from './entries.ts'
import type { LedgerCase } from './harness.ts'

/** What is written down is there, whole, in order, for everybody. */
export const keeping: readonly LedgerCase[] = [
  {
    name: 'is empty at first',
    check: async ({ open }) => assert.deepEqual(await readAll(open()), []),
  },
  {
    name: 'gives back what was appended, in order',
    async check({ open }) {
      const ledger = open()
      assert.equal(await ledger.append(entries(1, 2)), 2)
      assert.equal(await ledger.append([entry(3)]), 3)
      assert.deepEqual(await readAll(ledger), entries(1, 3))
    },
  },
  {
    name: 'reads from a sequence number on',
    async check({ open }) {
      const ledger = open()
      await ledger.append(entries(1, 5))
      assert.deepEqual(await readAll(ledger, 4), entries(4, 5))
      assert.deepEqual(await readAll(ledger, 6), [])
    },
  },
  {
    name: 'keeps each append together when many come at once, and numbers them without a gap',
    async check({ open }) {
      const ledger = open()
      const appends = Array.from({ length: 200 }, (_, index) => ledger.append(entries(3 * index, 3 * index + 2)))
      const numbers = await Promise.all(appends)
      assert.deepEqual(
        numbers.toSorted((a, b) => a - b),
        appends.map((_, index) => 3 * index + 3),
      )
      const read = await readAll(ledger)
      for (const [index, last] of numbers.entries())
        assert.deepEqual(read.slice(last - 3, last), entries(3 * index, 3 * index + 2))
    },
  },
  {
    name: 'appends nothing for no entries, and says where it stands',
    async check({ open }) {
      const ledger = open()
      assert.equal(await ledger.append([]), 0)
      await ledger.append(entries(1, 2))
      assert.equal(await ledger.append([]), 2)
    },
  },
  {
    name: 'keeps every character',
    async check({ open }) {
      const ledger = open()
      const odd = { ...entry(1), creation: 'line\nfeed \u2028 "quote" \\ \u0000 \ud800 é 🧹 __proto__' } as LedgerEntry
      await ledger.append([odd, entry(2)])
      assert.deepEqual(await readAll(ledger), [odd, entry(2)])
    },
  },
  {
    name: 'keeps an entry of a megabyte',
    async check({ open }) {
      const ledger = open()
      const parents = Array.from({ length: 20_000 }, (_, index) => `aws:subnet/111122223333/us-east-1/subnet-${index}`)
      await ledger.append([{ ...entry(1), parents } as LedgerEntry, entry(2)])
      assert.deepEqual(await readAll(ledger), [{ ...entry(1), parents }, entry(2)])
    },
  },
  {
    name: 'does not change with the object that was appended, nor with one that was read',
    async check({ open }) {
      const ledger = open()
      const parents = ['vpc-1']
      const appended = ledger.append([{ ...entry(1), parents } as LedgerEntry])
      parents.push('vpc-2')
      await appended
      for (const read of await readAll(ledger)) Object.assign(read, { parents: [] })
      assert.deepEqual(await readAll(ledger), [{ ...entry(1), parents: ['vpc-1'] }])
    },
  },
  {
    name: 'rejects a credential and writes nothing of the append',
    async check({ open }) {
      const ledger = open()
      for (const secret of [
        '-----BEGIN RSA PRIVATE KEY-----',
        'https://ci:hunter2@example.org/',
        'Authorization: Basic Y2k6aHVudGVyMg==',
      ]) {
        const planted = { ...entry(2), creation: secret } as LedgerEntry
        await assert.rejects(ledger.append([entry(1), planted]), MisuseError)
      }
      assert.deepEqual(await readAll(ledger), [])
    },
  },
  {
    name: 'ends what is under way when it is closed, and takes nothing after',
    async check({ open }) {
      const ledger = open()
      const under = ledger.append([entry(1)])
      await ledger.close()
      await ledger.close()
      assert.equal(await under, 1)
      await assert.rejects(ledger.append([entry(2)]), MisuseError)
      await assert.rejects(readAll(ledger), MisuseError)
      await assert.rejects(ledger.acquire('aws/1', 'run a'), MisuseError)
    },
  },
  {
    name: 'still has what was appended when it is opened again, and goes on with the next number',
    async check({ open }) {
      const first = open()
      await first.append(entries(1, 2))
      await first.close()
      const second = open()
      assert.deepEqual(await readAll(second), entries(1, 2))
      assert.equal(await second.append([entry(3)]), 3)
    },
  },
  {
    name: 'has what was appended as soon as append resolves, for whoever else has it open',
    async check({ open }) {
      const [one, other] = [open(), open()]
      assert.equal(await one.append([entry(1)]), 1)
      assert.deepEqual(await readAll(other), [entry(1)])
      assert.equal(await other.append([entry(2)]), 2)
      assert.equal(await one.append([entry(3)]), 3)
      assert.deepEqual(await readAll(one), entries(1, 3))
    },
  },
]
