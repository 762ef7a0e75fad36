import { describe, expect, it } from 'vitest'
import { type MemoryCloud, MemoryCloudError } from '../../src/kit/testing/index.ts'
import { aliveIn, entriesOf, exactCloud, idOf, mine, speaking, stepsOf, type TornDown, tearDown } from './tear-down.ts'

const amendments = ({ events }: TornDown): string[][] =>
  events.flatMap((one) => (one.type === 'amended' ? [one.added.map(idOf)] : []))

/** A disk whose removal is accepted and fails, and is not asked for again. */
function failing(): MemoryCloud {
  const cloud = exactCloud({ kinds: [{ name: 'cloud:disk', attempts: 1, goingMs: 1_000, failsTimes: 9 }] })
  cloud.world.add({ kind: 'cloud:disk', id: 'disk', tags: mine })
  return cloud
}

/** The same cloud; when a removal of that kind is asked for first, something happens and it is refused. */
function refusedOnce(cloud: MemoryCloud, kind: string, then: () => void): MemoryCloud {
  let refused = false
  return speaking(cloud, kind, ({ remove }) => ({
    async remove(io, it, how) {
      if (refused) return remove?.(io, it, how)
      refused = true
      then()
      throw new MemoryCloudError('Invalid', 'not now')
    },
  }))
}

describe('after something did not come about, the run goes on', () => {
  it('with what appeared meanwhile, also where what it met is not asked for again', async () => {
    const cloud = failing()
    const done = await tearDown(cloud, {
      meanwhile: () => void cloud.world.add({ kind: 'cloud:box', id: 'box', tags: mine }),
    })
    expect(amendments(done)).toEqual([['box']])
    expect(aliveIn(cloud)).toEqual(['disk'])
  })

  it('with what stayed before and may go now; only that is told as added, and each once', async () => {
    const cloud = failing()
    const net = cloud.world.add({ kind: 'cloud:net', id: 'net', tags: mine })
    const theirs = cloud.world.add({
      kind: 'cloud:box',
      id: 'theirs',
      tags: { cluster: 'ci-2' },
      uses: [{ to: net, field: 'net' }],
    })
    const appears = (id: string): void => void cloud.world.add({ kind: 'cloud:late', id, tags: mine })
    let appeared = 0
    const done = await tearDown(
      speaking(cloud, 'cloud:late', ({ remove }) => ({
        async remove(io, it, how) {
          if (appeared++ === 0) appears('late-2')
          await remove?.(io, it, how)
          if (it.id === 'late-1') throw new MemoryCloudError('Invalid', 'it went all the same')
        },
      })),
      {
        meanwhile: () => {
          cloud.world.remove(theirs)
          appears('late-1')
        },
      },
    )
    expect(amendments(done)).toEqual([['late-1', 'net'], ['late-2']])
    expect(aliveIn(cloud)).toEqual(['disk'])
  })

  it('with what it had left out, where nothing stands in its way any more', async () => {
    const cloud = exactCloud()
    const net = cloud.world.add({ kind: 'cloud:net', id: 'net', tags: mine })
    const box = cloud.world.add({ kind: 'cloud:box', id: 'box', tags: mine, uses: [{ to: net, field: 'net' }] })
    const done = await tearDown(refusedOnce(cloud, 'cloud:box', () => cloud.world.remove(box)))
    expect(stepsOf(done.report)).toEqual(['remove box: failed', 'remove net: skipped', 'remove net: done'])
    expect(amendments(done)).toEqual([[]])
    expect(done.report.outcome).toBe('clean')
  })

  it('with a mark of ours on what stays, when what it waited for is gone', async () => {
    const cloud = exactCloud()
    const group = cloud.world.add({ kind: 'cloud:group', id: 'common', tags: { 'cluster-shared': 'ci-1' } })
    const box = cloud.world.add({ kind: 'cloud:box', id: 'box', tags: mine, uses: [{ to: group, field: 'group' }] })
    const done = await tearDown(refusedOnce(cloud, 'cloud:box', () => cloud.world.remove(box)))
    expect(stepsOf(done.report)).toEqual(['remove box: failed', 'unmark common: skipped', 'unmark common: done'])
    expect(amendments(done)).toEqual([[]])
    expect(group.tags).toEqual({})
  })

  it('as often as the kind of one allows, though another one is only ever refused', async () => {
    const cloud = exactCloud({ kinds: [{ name: 'cloud:disk', attempts: 3, goingMs: 1_000, failsTimes: 2 }] })
    for (const kind of ['cloud:disk', 'cloud:box'] as const) cloud.world.add({ kind, id: kind.slice(6), tags: mine })
    const refused = speaking(cloud, 'cloud:box', () => ({
      remove: () => Promise.reject(new MemoryCloudError('Invalid', 'never')),
    }))
    await tearDown(refused)
    expect(aliveIn(cloud)).toEqual(['box'])
  })

  it('no further than the first plan where nothing new can be done', async () => {
    const cloud = exactCloud({ kinds: [{ name: 'cloud:disk', attempts: 1, goingMs: 1_000, failsTimes: 9 }] })
    const net = cloud.world.add({ kind: 'cloud:net', id: 'net', tags: mine })
    cloud.world.add({ kind: 'cloud:disk', id: 'disk', tags: mine, uses: [{ to: net, field: 'net' }] })
    const done = await tearDown(cloud)
    expect(amendments(done)).toEqual([])
    expect((await entriesOf(done.ledger)).filter(({ type }) => type === 'plan')).toHaveLength(1)
    expect(stepsOf(done.report)).toEqual(['remove disk: blocked', 'remove net: skipped'])
  })
})
