import { describe, expect, it } from 'vitest'
import { memoryLedger, resumeTeardown } from '../../src/index.ts'
import type { MemoryCloud } from '../../src/kit/testing/index.ts'
import { addPair } from './groups.ts'
import { boxes, type Fits, killedBefore, on, tell } from './story.ts'
import { aliveIn, exactCloud, mine, speaking, stepsOf, tearDown, writesOf } from './tear-down.ts'

describe('a run that continues another', () => {
  it('lifts no protection twice, and puts it back when its removal does not come about', async () => {
    const guarded = {
      add: boxes({ id: 'box', protections: ['lock'] }),
      policy: { liftProtection: ['box'] },
      killed: on('intent', 'box', 'remove'),
    }
    const finished = await tell(guarded)
    expect(writesOf(finished.cloud)).toEqual(['UnprotectBox box ok', 'DeleteBox box ok'])
    expect(finished.report.findings.find(({ code }) => code === 'resumed')?.message).toMatch(
      /, 1 changes may have to be put back$/,
    )
    const undone = await tell({ ...guarded, resume: { then: 'undo' } })
    expect(writesOf(undone.cloud)).toEqual(['UnprotectBox box ok', 'ProtectBox box ok'])
    expect(undone.report.outcome).toBe('interrupted')
    expect(stepsOf(undone.report)).toEqual(['unprotect box: undone'])
    const denied = await tell({
      ...guarded,
      then: ({ world }) => void world.fail({ what: 'denied', effect: 'write', call: 'DeleteBox' }),
    })
    expect(writesOf(denied.cloud)).toEqual(['UnprotectBox box ok', 'DeleteBox box AccessDenied', 'ProtectBox box ok'])
  })

  it('only undoes as well where a removal would be refused by now', async () => {
    const { cloud, report } = await tell({
      add: boxes({ id: 'box', protections: ['lock'] }),
      policy: { liftProtection: ['box'], maxRemovals: 1 },
      killed: on('intent', 'box', 'remove'),
      then: ({ world }) => boxes({ id: 'new' })(world),
      resume: { then: 'undo' },
    })
    expect(writesOf(cloud)).toEqual(['UnprotectBox box ok', 'ProtectBox box ok'])
    expect(report.outcome).toBe('interrupted')
  })

  it('makes a writer write again that was silenced for a removal that is not wanted any more', async () => {
    const { cloud, report } = await tell({
      kinds: [{ name: 'cloud:group', writer: true }],
      add: (world) => {
        const group = world.add({ kind: 'cloud:group', id: 'asg', tags: mine })
        world.add({ kind: 'cloud:box', id: 'box', tags: mine, restoredBy: group })
        world.add({ kind: 'cloud:alarm', id: 'alarm', uses: [{ to: group, field: 'Group' }] })
      },
      killed: on('intent', 'box'),
      resume: { then: 'undo' },
    })
    expect(writesOf(cloud)).toEqual(['PauseGroup asg ok', 'ResumeGroup asg ok'])
    expect(stepsOf(report)).toEqual(['quiesce asg: undone'])
  })

  const groups = (world: MemoryCloud['world']): void => addPair(world, ['a', 'b'], (id) => ({ name: `rule ${id}` }))

  it('puts a link back whose cut was sent twice: the first answer was lost, and a listing still showed it', async () => {
    const { cloud, report } = await tell({
      kinds: [{ name: 'cloud:rule', link: true, finds: { read: false, ids: false } }],
      add(world) {
        groups(world)
        world.fail({ what: 'lost-response', call: 'DeleteRule', times: 1 })
        world.fail({ what: 'stale', call: 'ListRules', after: 2, times: 1 })
      },
      killed: (entry) => entry.type === 'intent' && entry.action === 'remove',
      resume: { then: 'undo' },
    })
    expect(writesOf(cloud).map((one) => one.replace(/a-b|b-a/, 'link'))).toEqual([
      'DeleteRule link ok, answer lost',
      'DeleteRule link NotFound',
      'CreateRule link ok',
    ])
    expect(stepsOf(report).map((one) => one.replace(/a-b|b-a/, 'link'))).toEqual(['sever link: undone'])
  })

  it('puts a link back that was cut, with what the ledger knows of it', async () => {
    const { cloud, report } = await tell({
      kinds: [{ name: 'cloud:rule', link: true }],
      add: groups,
      killed: (entry) => entry.type === 'intent' && entry.action === 'remove',
      resume: { then: 'undo' },
    })
    expect(aliveIn(cloud)).toEqual(['a-b', 'b-a', 'sg-a', 'sg-b'])
    expect(stepsOf(report).map((one) => one.replace(/a-b|b-a/, 'link'))).toEqual(['sever link: undone'])
    const restored = cloud.world.all().find(({ kind, phase }) => kind === 'cloud:rule' && phase !== 'gone')
    expect(restored?.name).toMatch(/^rule /)
  })

  it('gives a link back to its adapter with its id, name, incarnation and data, and nothing else of it', async () => {
    const cloud = exactCloud({ kinds: [{ name: 'cloud:rule', link: true }] })
    const { world, context } = cloud
    addPair(world, ['a', 'b'], (id) => (id === 'a-b' ? { name: 'a to b' } : {}))
    const ledger = memoryLedger({ context })
    const killed: Fits = (entry) => entry.type === 'intent' && entry.action === 'remove'
    await tearDown(cloud, { ledger: killedBefore(ledger, killed) })
    const cut = world.all().find(({ kind, phase }) => kind === 'cloud:rule' && phase === 'gone')
    const given: unknown[] = []
    const { adapters } = speaking(cloud, 'cloud:rule', () => ({ restore: async (_, it) => void given.push(it) }))
    await resumeTeardown({ adapters, context, ledger, then: 'undo' }).report
    expect(given).toEqual([
      {
        id: cut?.id,
        ...(cut?.name === undefined ? {} : { name: cut.name }),
        incarnation: cut?.incarnation,
        phase: 'gone',
        state: 'cut',
        relations: [],
        data: expect.objectContaining({ again: expect.anything() }),
      },
    ])
    expect('name' in (given[0] as object)).toBe(cut?.name !== undefined)
  })
})
