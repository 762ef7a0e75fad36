import { expect, it } from 'vitest'
import type { Policy } from '../../src/index.ts'
import { guarded, lift } from './guarded.ts'
import { stepsOf, tearDown, writesOf } from './tear-down.ts'

it.each<[string, Policy, readonly string[], readonly string[]]>([
  ['DeleteBox', lift, ['UnprotectBox box ok', 'DeleteBox box Throttled', 'ProtectBox box ok'], ['remove box: aborted']],
  ['UnprotectBox', lift, ['UnprotectBox box Throttled'], ['unprotect box: aborted', 'remove box: skipped']],
])(
  'a %s that was asked to come later is not sent again once the run is stopped',
  async (call, policy, writes, ends) => {
    const cloud = guarded()
    cloud.world.fail({ what: 'throttled', call, times: 1, retryAfterMs: 60_000 })
    const stopping = new AbortController()
    void cloud.context.sleep(10_000).then(() => stopping.abort())
    const { report } = await tearDown(cloud, { policy, signal: stopping.signal })
    expect(writesOf(cloud)).toEqual(writes)
    expect(stepsOf(report)).toEqual(expect.arrayContaining([...ends]))
    expect(report.outcome).toBe('interrupted')
  },
)
