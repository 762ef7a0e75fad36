// The heartbeat of a job: `node alive.ts r-77 &`. It holds a lease in the job's ledger until the process that started it has ended,
// however that came about. Whoever finds the lease held knows that the job lives, also on another machine and without a common clock.
import { setTimeout as sleep } from 'node:timers/promises'
import { heartbeat } from './jobs.ts'
import { ledgerOf, words } from './options.ts'

const lookMs = 1_000
const renewMs = 5_000

const [run = ''] = words
const job = process.ppid
const stopped = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => stopped.abort())

const lease = await ledgerOf(run).acquire(heartbeat(run), `process ${job}`)
if ('heldBy' in lease) throw new Error(`the job ${run} is at work already: ${lease.heldBy}, since ${lease.since}`)
try {
  for (let ms = 0; process.ppid === job && !stopped.signal.aborted; ms += lookMs) {
    if (ms % renewMs === 0) await lease.renew()
    await sleep(lookMs, undefined, { signal: stopped.signal }).catch(() => undefined)
  }
  await lease.release()
} catch (error) {
  process.kill(job) // nobody can see any more that it lives, so its things may be removed at any moment
  throw error
}
