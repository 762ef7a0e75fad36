import { expect } from 'vitest'
import { defaultLeaseMs } from '../../src/ledger/lease.ts'
import { FencedError, type Lease, type Ledger, type LedgerEntry } from '../../src/ledger/ledger.ts'
import { MisuseError } from '../../src/model/errors.ts'
import { type VirtualContext, virtualContext } from '../support/virtual-context.ts'

/** What an implementer writes: an empty ledger whose leases last `defaultLeaseMs` on the clock of `context`. */
export interface LedgerHarness {
  open(context: VirtualContext): Ledger
}

interface Bench {
  readonly ledger: Ledger
  readonly context: VirtualContext
}

/** A fact that holds for every ledger. */
export interface LedgerCase {
  readonly name: string
  run(bench: Bench): Promise<void>
}

/** Runs one case on a fresh ledger. */
export async function runLedgerCase(harness: LedgerHarness, { run }: LedgerCase): Promise<void> {
  const context = virtualContext()
  const ledger = harness.open(context)
  try {
    await run({ ledger, context })
  } finally {
    await ledger.close()
  }
}

export function entry(number: number): LedgerEntry {
  return {
    at: '2026-01-01T00:00:00.000Z',
    type: 'creating',
    creation: `creation-${number}`,
    run: 'r-77',
    kind: 'aws:vpc',
    parents: [],
  }
}

export function entries(from: number, to: number): LedgerEntry[] {
  return Array.from({ length: to - from + 1 }, (_, index) => entry(from + index))
}

export async function readAll(ledger: Ledger, from?: number): Promise<LedgerEntry[]> {
  return await Array.fromAsync(ledger.read(from))
}

/** For a scope that is free. */
async function mustAcquire({ ledger, context }: Bench, scope = 'aws/1', holder = 'run a'): Promise<Lease> {
  const result = await context.finish(ledger.acquire(scope, holder))
  if ('heldBy' in result) throw new Error(`${scope} is held by ${result.heldBy}`)
  return result
}

export const ledgerCases: readonly LedgerCase[] = [
  {
    name: 'is empty at first',
    run: async ({ ledger }) => expect(await readAll(ledger)).toEqual([]),
  },
  {
    name: 'gives back what was appended, in order',
    async run({ ledger }) {
      expect(await ledger.append(entries(1, 2))).toBe(2)
      expect(await ledger.append([entry(3)])).toBe(3)
      expect(await readAll(ledger)).toEqual(entries(1, 3))
    },
  },
  {
    name: 'reads from a sequence number on',
    async run({ ledger }) {
      await ledger.append(entries(1, 5))
      expect(await readAll(ledger, 4)).toEqual(entries(4, 5))
      expect(await readAll(ledger, 6)).toEqual([])
    },
  },
  {
    name: 'keeps each append together when many come at once, and numbers them without a gap',
    async run({ ledger }) {
      const appends = Array.from({ length: 200 }, (_, index) => ledger.append(entries(3 * index, 3 * index + 2)))
      expect(await Promise.all(appends)).toEqual(appends.map((_, index) => 3 * index + 3))
      expect(await readAll(ledger)).toEqual(entries(0, 599))
    },
  },
  {
    name: 'appends nothing for no entries, and says where it stands',
    async run({ ledger }) {
      expect(await ledger.append([])).toBe(0)
      await ledger.append(entries(1, 2))
      expect(await ledger.append([])).toBe(2)
    },
  },
  {
    name: 'keeps every character',
    async run({ ledger }) {
      const odd = { ...entry(1), creation: 'line\nfeed \u2028 "quote" \\ \u0000 \ud800 é 🧹' } as LedgerEntry
      await ledger.append([odd, entry(2)])
      expect(await readAll(ledger)).toEqual([odd, entry(2)])
    },
  },
  {
    name: 'does not change with the object that was appended, nor with one that was read',
    async run({ ledger }) {
      const parents = ['vpc-1']
      const appended = ledger.append([{ ...entry(1), parents } as LedgerEntry])
      parents.push('vpc-2')
      await appended
      for (const read of await readAll(ledger)) Object.assign(read, { parents: [] })
      expect(await readAll(ledger)).toEqual([{ ...entry(1), parents: ['vpc-1'] }])
    },
  },
  {
    name: 'gives a free scope away at once, and a higher fence each time',
    async run(bench) {
      const first = await mustAcquire(bench)
      await first.release()
      const second = await mustAcquire(bench)
      const other = await mustAcquire(bench, 'openstack/2')
      expect(first.fence).toBeLessThan(second.fence)
      expect(second.fence).toBeLessThan(other.fence)
      expect(bench.context.monotonic()).toBe(0)
    },
  },
  {
    name: 'keeps a scope from a second run while the first one renews, and says who holds it since when',
    async run(bench) {
      const { ledger, context } = bench
      const lease = await mustAcquire(bench)
      await context.advance(1000)
      const second = ledger.acquire('aws/1', 'run b')
      await context.sleeping()
      await lease.renew()
      expect(await context.finish(second)).toEqual({ heldBy: 'run a', since: '2026-01-01T00:00:00.000Z' })
      await ledger.append([entry(1)], lease.fence)
    },
  },
  {
    name: 'takes a lease over only after its heartbeat was watched unchanged for its whole time',
    async run(bench) {
      const { ledger, context } = bench
      await mustAcquire(bench)
      await context.advance(10 * defaultLeaseMs) // how long it was silent before nobody knows
      const begun = context.monotonic()
      const second = await context.finish(ledger.acquire('aws/1', 'run b'))
      expect(second).toHaveProperty('fence', 2)
      expect(context.monotonic() - begun).toBeGreaterThanOrEqual(defaultLeaseMs)
      expect(context.monotonic() - begun).toBeLessThan(1.1 * defaultLeaseMs)
    },
  },
  {
    name: 'lets one of two that wait for the same lease have it',
    async run(bench) {
      const { ledger, context } = bench
      await mustAcquire(bench)
      const both = Promise.all([ledger.acquire('aws/1', 'run b'), ledger.acquire('aws/1', 'run c')])
      const [b, c] = await context.finish(both)
      expect([b, c].filter((one) => 'fence' in one)).toHaveLength(1)
      expect([b, c].filter((one) => 'heldBy' in one)).toHaveLength(1)
    },
  },
  {
    name: 'takes nothing from a run whose lease another has taken, and all of the new one',
    async run(bench) {
      const { ledger, context } = bench
      const old = await mustAcquire(bench)
      await ledger.append([entry(1)], old.fence)
      const lease = await mustAcquire(bench, 'aws/1', 'run b')
      await expect(ledger.append([entry(2)], old.fence)).rejects.toThrow(FencedError)
      await expect(old.renew()).rejects.toThrow(FencedError)
      await ledger.append([entry(3)], lease.fence)
      await old.release() // changes nothing: it is no longer its own
      expect(await context.finish(renewedWhile(lease, context, ledger.acquire('aws/1', 'run c')))).toMatchObject({
        heldBy: 'run b',
      })
      expect(await readAll(ledger)).toEqual([entry(1), entry(3)])
    },
  },
  {
    name: 'rejects only the fenced one of many appends at once',
    async run(bench) {
      const old = await mustAcquire(bench)
      const lease = await mustAcquire(bench, 'aws/1', 'run b')
      const results = await Promise.allSettled([
        bench.ledger.append([entry(1)], lease.fence),
        bench.ledger.append([entry(2)], old.fence),
        bench.ledger.append([entry(3)]),
      ])
      expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
      expect(await readAll(bench.ledger)).toEqual([entry(1), entry(3)])
    },
  },
  {
    name: 'takes nothing under a fence that was never given',
    run: async ({ ledger }) => await expect(ledger.append([entry(1)], 7)).rejects.toThrow(FencedError),
  },
  {
    name: 'does not fence a run because of a lease on another scope',
    async run(bench) {
      const first = await mustAcquire(bench)
      await mustAcquire(bench, 'openstack/2', 'run b')
      expect(await bench.ledger.append([entry(1)], first.fence)).toBe(1)
    },
  },
  {
    name: 'counts down what is left of a lease, up again when it is renewed, and to nothing when it is released or lost',
    async run(bench) {
      const { context } = bench
      const lease = await mustAcquire(bench)
      expect(lease.leftMs()).toBe(defaultLeaseMs)
      await context.advance(defaultLeaseMs / 2)
      expect(lease.leftMs()).toBe(defaultLeaseMs / 2)
      await lease.renew()
      expect(lease.leftMs()).toBe(defaultLeaseMs)
      await context.advance(defaultLeaseMs + 1)
      expect(lease.leftMs()).toBeLessThan(0)
      await lease.renew() // late, but nobody has taken it
      expect(lease.leftMs()).toBe(defaultLeaseMs)
      await lease.release()
      expect(lease.leftMs()).toBe(0)
      await expect(lease.renew()).rejects.toThrow(FencedError)
    },
  },
  {
    name: 'rejects a credential and writes nothing of the append',
    async run({ ledger }) {
      const planted = { ...entry(2), creation: '-----BEGIN RSA PRIVATE KEY-----' } as LedgerEntry
      await expect(ledger.append([entry(1), planted])).rejects.toThrow(MisuseError)
      expect(await readAll(ledger)).toEqual([])
    },
  },
  {
    name: 'ends what is under way when it is closed, and takes nothing after',
    async run({ ledger }) {
      const under = ledger.append([entry(1)])
      await ledger.close()
      await ledger.close()
      expect(await under).toBe(1)
      await expect(ledger.append([entry(2)])).rejects.toThrow(MisuseError)
      await expect(readAll(ledger)).rejects.toThrow(MisuseError)
      await expect(ledger.acquire('aws/1', 'run a')).rejects.toThrow(MisuseError)
    },
  },
  {
    name: 'needs a scope and a holder',
    async run({ ledger }) {
      await expect(ledger.acquire('', 'run a')).rejects.toThrow(MisuseError)
      await expect(ledger.acquire('aws/1', '')).rejects.toThrow(MisuseError)
    },
  },
]

async function renewedWhile<T>(lease: Lease, context: VirtualContext, work: Promise<T>): Promise<T> {
  await context.sleeping()
  await lease.renew()
  return await work
}
