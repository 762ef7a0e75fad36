import assert from 'node:assert/strict'
import { FencedError, type Lease, type Ledger } from '../../../ledger/ledger.ts'
import { MisuseError } from '../../../model/errors.ts'
import type { VirtualContext } from '../../testing/virtual-context.ts'
import { entry, readAll } from './entries.ts'
import type { LedgerCase } from './harness.ts'

const scope = 'aws/1'

/** Two runs on one scope never write side by side. */
export const leasing: readonly LedgerCase[] = [
  {
    name: 'gives a free scope away at once, and a higher fence each time',
    async check({ open, context }) {
      const ledger = open()
      const first = await mustAcquire(ledger)
      await first.release()
      const second = await mustAcquire(ledger)
      const other = await mustAcquire(ledger, 'openstack/2')
      assert.ok(first.fence < second.fence && second.fence < other.fence, 'fences grow')
      assert.equal(context.elapsedMs(), 0)
    },
  },
  {
    name: 'keeps a scope from a second run while the first one renews, and says who holds it since when',
    async check({ open, context, leaseMs }) {
      const ledger = open()
      const lease = await mustAcquire(ledger)
      const since = new Date(context.now()).toISOString()
      const second = await whileRenewed(lease, context, leaseMs, ledger.acquire(scope, 'run b'))
      assert.deepEqual(second, { heldBy: 'run a', since })
      await ledger.append([entry(1)], lease.fence)
    },
  },
  {
    name: 'tells at once who has a lease, without asking for it',
    async check({ open, context }) {
      const ledger = open()
      if (ledger.holder === undefined) return // only `acquire` tells
      assert.equal(await ledger.holder(scope), undefined)
      const lease = await mustAcquire(ledger)
      assert.deepEqual(await ledger.holder(scope), { heldBy: 'run a', since: new Date(context.now()).toISOString() })
      assert.equal(await ledger.holder('openstack/2'), undefined)
      await lease.renew()
      await lease.release()
      assert.equal(await ledger.holder(scope), undefined)
      assert.equal(context.elapsedMs(), 0)
    },
  },
  {
    name: 'takes a lease over only after its heartbeat was watched unchanged for its whole time',
    async check({ open, context, leaseMs }) {
      const ledger = open()
      const first = await mustAcquire(ledger)
      await context.sleep(10 * leaseMs) // how long it was silent before nobody knows
      const begun = context.elapsedMs()
      const second = await mustAcquire(ledger, scope, 'run b')
      const watchedMs = context.elapsedMs() - begun
      assert.ok(second.fence > first.fence)
      assert.ok(watchedMs >= leaseMs && watchedMs < 1.2 * leaseMs, `watched for ${watchedMs} ms of ${leaseMs}`)
    },
  },
  {
    name: 'lets one of two that wait for the same lease have it',
    async check({ open }) {
      const ledger = open()
      await mustAcquire(ledger)
      const both = await Promise.all([ledger.acquire(scope, 'run b'), ledger.acquire(scope, 'run c')])
      assert.equal(both.filter((one) => 'fence' in one).length, 1)
      assert.equal(both.filter((one) => 'heldBy' in one).length, 1)
    },
  },
  {
    name: 'takes nothing from a run whose lease another has taken, and all of the new one',
    async check({ open, context, leaseMs }) {
      const ledger = open()
      const old = await mustAcquire(ledger)
      await ledger.append([entry(1)], old.fence)
      const lease = await mustAcquire(ledger, scope, 'run b')
      await assert.rejects(ledger.append([entry(2)], old.fence), FencedError)
      await assert.rejects(old.renew(), FencedError)
      await ledger.append([entry(3)], lease.fence)
      await old.release() // changes nothing: it is no longer its own
      const third = await whileRenewed(lease, context, leaseMs, ledger.acquire(scope, 'run c'))
      assert.equal('heldBy' in third && third.heldBy, 'run b')
      assert.deepEqual(await readAll(ledger), [entry(1), entry(3)])
    },
  },
  {
    name: 'rejects only the fenced one of many appends at once',
    async check({ open }) {
      const ledger = open()
      const old = await mustAcquire(ledger)
      const lease = await mustAcquire(ledger, scope, 'run b')
      const results = await Promise.allSettled([
        ledger.append([entry(1)], lease.fence),
        ledger.append([entry(2)], old.fence),
        ledger.append([entry(3)]),
      ])
      assert.deepEqual(
        results.map(({ status }) => status),
        ['fulfilled', 'rejected', 'fulfilled'],
      )
      assert.deepEqual((await readAll(ledger)).sort(byCreation), [entry(1), entry(3)])
    },
  },
  {
    name: 'takes nothing under a fence that was never given',
    check: async ({ open }) => await assert.rejects(open().append([entry(1)], 7), FencedError),
  },
  {
    name: 'does not fence a run because of a lease on another scope',
    async check({ open }) {
      const ledger = open()
      const first = await mustAcquire(ledger)
      await mustAcquire(ledger, 'openstack/2', 'run b')
      assert.equal(await ledger.append([entry(1)], first.fence), 1)
    },
  },
  {
    name: 'counts down what is left of a lease, up again when it is renewed, and to nothing when it is released',
    async check({ open, context, leaseMs }) {
      const lease = await mustAcquire(open())
      assert.equal(lease.leftMs(), leaseMs)
      await context.sleep(leaseMs / 2)
      assert.equal(lease.leftMs(), leaseMs / 2)
      await lease.renew()
      assert.equal(lease.leftMs(), leaseMs)
      await context.sleep(leaseMs + 1)
      assert.ok(lease.leftMs() < 0, 'it was not renewed for longer than it holds')
      await lease.renew() // late, but nobody has taken it
      assert.equal(lease.leftMs(), leaseMs)
      await lease.release()
      assert.equal(lease.leftMs(), 0)
      await assert.rejects(lease.renew(), FencedError)
    },
  },
  {
    name: 'needs a scope and a holder',
    async check({ open }) {
      const ledger = open()
      await assert.rejects(ledger.acquire('', 'run a'), MisuseError)
      await assert.rejects(ledger.acquire(scope, ''), MisuseError)
    },
  },
  {
    name: 'excludes two runs that opened it by themselves, and fences the older',
    async check({ open, context, leaseMs }) {
      const [one, other] = [open(), open()]
      const first = await mustAcquire(one)
      const held = await whileRenewed(first, context, leaseMs, other.acquire(scope, 'run b'))
      assert.equal('heldBy' in held && held.heldBy, 'run a')
      const second = await mustAcquire(other, scope, 'run b') // the first one is silent now
      await assert.rejects(one.append([entry(1)], first.fence), FencedError)
      await other.append([entry(2)], second.fence)
      assert.deepEqual(await readAll(one), [entry(2)])
    },
  },
  {
    name: 'never gives a fence twice, however often it is opened',
    async check({ open }) {
      const first = open()
      const lease = await mustAcquire(first)
      await lease.release()
      await first.close()
      const again = await mustAcquire(open())
      assert.ok(again.fence > lease.fence, `fence ${again.fence} after ${lease.fence}`)
    },
  },
]

async function mustAcquire(ledger: Ledger, of = scope, holder = 'run a'): Promise<Lease> {
  const result = await ledger.acquire(of, holder)
  if ('heldBy' in result) throw new Error(`${of} is held by ${result.heldBy}, and it should be free for ${holder}`)
  return result
}

/** Renews three times per lease until `work` has settled. */
async function whileRenewed<T>(lease: Lease, context: VirtualContext, leaseMs: number, work: Promise<T>): Promise<T> {
  const over = new AbortController()
  const beat = async (): Promise<void> => {
    while (!over.signal.aborted) {
      await context.sleep(leaseMs / 3, over.signal).catch(() => undefined)
      if (!over.signal.aborted) await lease.renew()
    }
  }
  const beating = beat()
  try {
    return await work
  } finally {
    over.abort()
    await beating
  }
}

const byCreation = (a: object, b: object): number => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)
