import { describe, expect, it } from 'vitest'
import type { Step } from '../../src/model/plan.ts'
import { keyOf, type Sketch } from '../support/discovery.ts'
import { idOf, picture, planOf, told } from './planned.ts'

const stepOf = (sketches: readonly Sketch[], id: string, policy = {}): Step | undefined =>
  planOf(sketches, policy).steps.find(({ target }) => idOf(target) === id)

const managed: Partial<Sketch> = { abilities: { remove: false } }

describe('a step says', () => {
  it('of a removal: its route, why its needs are there, how long it takes', () => {
    const plan = planOf([
      { id: 'vpc', abilities: { latency: { typicalMs: 7_000, worstMs: 70_000 } } },
      { id: 'box', uses: ['vpc'] },
    ])
    expect(plan.steps).toEqual([
      { action: 'remove', target: keyOf('box'), route: 'direct', needs: [], because: [], estimateMs: 1_000 },
      {
        action: 'remove',
        target: keyOf('vpc'),
        route: 'direct',
        needs: [0],
        because: ['uses it (uses)'],
        estimateMs: 7_000,
      },
    ])
    expect(plan.estimate).toEqual({ makespanMs: 8_600, criticalPath: [0, 1] })
  })

  it('that a server finishes it, where that serves, also for what goes along', () => {
    const with1 = (serves: boolean | undefined): (string | undefined)[] => {
      const plan = planOf([
        { id: 'server', facts: serves === undefined ? {} : { serves } },
        { id: 'served', servedBy: ['server'] },
        { id: 'whole' },
        { id: 'part', partOf: ['whole'], servedBy: ['server'], ...managed },
      ])
      return ['server', 'served', 'whole'].map((id) => {
        const step = plan.steps.find(({ target }) => idOf(target) === id)
        return step?.action === 'remove' ? step.route : undefined
      })
    }
    expect(with1(true)).toEqual(['direct', 'served', 'served'])
    expect(with1(undefined)).toEqual(['direct', 'served', 'served'])
  })

  it('of a part: with whom it goes, why, and what happens where it does not', () => {
    const waited = (part: Partial<Sketch>, kind: Sketch['kind'] = 'test:thing'): Step | undefined =>
      stepOf([{ id: 'net' }, { id: 'whole', kind }, { id: 'part', uses: ['net'], partOf: ['whole'], ...part }], 'part')
    expect(waited({})).toEqual({
      action: 'await',
      target: keyOf('part'),
      with: keyOf('whole'),
      otherwise: 'remove',
      needs: [0],
      because: ['part of test:thing whole (part)'],
      estimateMs: 1_000,
    })
    expect(waited(managed)).toMatchObject({ otherwise: 'report' })
    expect(waited({ facts: { fixed: 'managed' } })).toMatchObject({ otherwise: 'report' })
    expect(waited({}, 'test:stack')).toMatchObject({ otherwise: 'report' })
    expect(waited({ partOf: [{ whole: 'whole', alone: true }] }, 'test:stack')).toMatchObject({ otherwise: 'remove' })
  })

  it('of a part nobody waits for: nothing, and of a link that goes with its holder neither', () => {
    const plan = planOf([
      { id: 'net' },
      { id: 'whole' },
      { id: 'part', partOf: ['whole'] },
      { id: 'rule', link: true, uses: ['net'], partOf: ['whole'] },
    ])
    expect(picture(plan)).toEqual(['remove whole', 'remove net <- whole'])
    expect(told(plan, 'part')).toMatch(/^await/)
    expect(told(plan, 'rule')).toMatch(/^await/)
    expect(plan.resources.find(({ id }) => id === 'part')?.step).toBe(0)
    expect(plan.resources.find(({ id }) => id === 'rule')?.link).toBe(true)
  })

  it('of a cut: who loses the link and what it frees', () => {
    const groups: Sketch[] = [
      { id: 'a' },
      { id: 'b' },
      { id: 'a-b', link: true, uses: ['b'], partOf: [{ whole: 'a', alone: true }] },
      { id: 'b-a', link: true, uses: ['a'], partOf: [{ whole: 'b', alone: true }] },
    ]
    const cut = planOf(groups).steps.find(({ action }) => action === 'sever')
    const [holder, freed] = idOf(cut?.target ?? '').split('-')
    expect(cut).toMatchObject({
      holder: keyOf(holder as string),
      freedFor: keyOf(freed as string),
      because: [],
      estimateMs: 1_000,
    })
    const tie = stepOf([{ id: 'gateway' }, { id: 'vpc' }, { id: 'tie', link: true, uses: ['gateway', 'vpc'] }], 'tie')
    expect(tie?.action).toBe('remove')
  })

  it('of a lifted protection: which, its value, for what; each by itself', () => {
    const plan = planOf(
      [
        {
          id: 'box',
          facts: {
            protections: [
              { id: 'one', liftable: true, says: 'x' },
              { id: 'two', liftable: true, says: 'x' },
            ],
          },
          abilities: { unprotect: { one: 'was 1', two: { was: 2 }, three: 3 } },
        },
        { id: 'user', uses: ['box'] },
      ],
      { liftProtection: ['box'] },
    )
    expect(plan.steps.filter(({ action }) => action === 'unprotect')).toEqual([
      {
        action: 'unprotect',
        target: keyOf('box'),
        what: 'one',
        before: 'was 1',
        freedFor: keyOf('box'),
        needs: [0],
        because: expect.any(Array),
        estimateMs: 300,
      },
      expect.objectContaining({ what: 'two', before: { was: 2 } }),
    ])
    expect(picture(plan).at(-1)).toBe('remove box <- box box user')
  })

  it('of a silenced writer: which, its value, for the first of what it makes', () => {
    const plan = planOf([
      { id: 'group', abilities: { quiesce: { desired: 2 } } },
      { id: 'quiet', abilities: { silent: true } },
      { id: 'stranger', owned: 'foreign', uses: ['group', 'quiet'] },
      { id: 'made', restoredBy: ['group'] },
      { id: 'also made', restoredBy: ['group', 'quiet'] },
    ])
    expect(plan.steps.filter(({ action }) => action === 'quiesce')).toEqual([
      expect.objectContaining({ target: keyOf('group'), what: 'group', before: { desired: 2 } }),
    ])
    expect(picture(plan).filter((one) => one.startsWith('remove'))).toEqual([
      expect.stringMatching(/^remove (also%20)?made <- group$/),
      expect.stringMatching(/^remove (also%20)?made <- group$/),
    ])
  })

  it('which members of a stack are left out, and only those that stay', () => {
    const sketches: Sketch[] = [
      { id: 'stack', kind: 'test:stack' },
      { id: 'held', partOf: ['stack'] },
      { id: 'free', partOf: ['stack'] },
      { id: 'stranger', owned: 'foreign', uses: ['held'] },
    ]
    for (const retainMembers of [
      ['held', 'free'],
      [keyOf('held'), keyOf('free')],
    ])
      expect(planOf(sketches, { retainMembers }).steps).toEqual([
        expect.objectContaining({ action: 'remove', except: [keyOf('held')] }),
      ])
    const [whole] = planOf(sketches.slice(0, 3), { retainMembers: ['held'] }).steps
    expect(whole).not.toHaveProperty('except')
    expect(planOf(sketches, { retainMembers: ['free'] }).steps).toEqual([])
  })

  it('that a mark of ours is taken off last, after everything that nothing waits for', () => {
    const shared: Sketch = {
      id: 'vpc',
      owned: 'shared',
      facts: { tags: { 'cluster/c': 'shared', other: 'x' } },
      abilities: { unmark: ['cluster/c=shared', 'gone=x'] },
    }
    const plan = planOf([shared, { id: 'box', uses: ['vpc'] }, { id: 'disk' }, { id: 'on disk', uses: ['disk'] }])
    expect(plan.steps.at(-1)).toEqual({
      action: 'unmark',
      target: keyOf('vpc'),
      mark: 'cluster/c=shared',
      needs: plan.steps.flatMap(({ target }, index) => (['box', 'disk'].includes(idOf(target)) ? [index] : [])),
      because: ['the mark is our evidence: it goes last'],
      estimateMs: 300,
    })
    expect(plan.steps.filter(({ action }) => action === 'unmark')).toHaveLength(1)
    const foreign = planOf([{ ...shared, owned: 'foreign' }])
    expect(foreign.steps).toEqual([])
  })
})

describe('each need of a step has its reason', () => {
  const plan = planOf(
    [
      { id: 'vpc' },
      { id: 'lb', uses: ['vpc'] },
      { id: 'eni', uses: ['vpc'], partOf: ['lb'], ...managed },
      { id: 'writer' },
      { id: 'made', restoredBy: ['writer'] },
      { id: 'server', facts: { serves: true } },
      { id: 'served', servedBy: ['server'] },
      { id: 'group', abilities: { quiesce: { n: 1 } } },
      { id: 'fruit', restoredBy: ['group'] },
      { id: 'stranger', owned: 'foreign', uses: ['group'] },
      {
        id: 'guarded',
        facts: { protections: [{ id: 'g', liftable: true, says: 'x' }] },
        abilities: { unprotect: { g: 1 } },
      },
      { id: 'user', uses: ['guarded'] },
    ],
    { liftProtection: ['guarded'], ifBlocked: 'continue' },
  )

  it.each([
    ['remove vpc', ['lb uses it (uses)', 'eni uses it (uses)']],
    ['await eni', ['lb part of test:thing lb (part)']],
    ['remove made', ['writer would make again it (writes)']],
    ['remove server', ['served is finished by it (serves)']],
    ['unprotect guarded', ['user comes last before the removal that it frees']],
    ['remove guarded', ['user uses it (uses)', 'guarded comes last before the removal that it frees']],
    ['remove fruit', ['group comes last before the removal that it frees']],
    ['remove writer', []],
  ] as const)('%s', (name, reasons) => {
    const step = plan.steps.find(({ action, target }) => `${action} ${idOf(target)}` === name)
    const told = step?.needs.map((need, index) => `${idOf(plan.steps[need]?.target ?? '')} ${step.because[index]}`)
    expect(told).toEqual(reasons)
  })
})

describe('what has several wholes', () => {
  it('goes with the one that it may not leave, else with the first', () => {
    const withOf = (partOf: Sketch['partOf']): string => {
      const step = stepOf(
        [{ id: 'net' }, { id: 'v' }, { id: 'w' }, { id: 'part', uses: ['net'], partOf: partOf ?? [] }],
        'part',
      )
      return step?.action === 'await' ? idOf(step.with) : ''
    }
    expect(withOf(['v', 'w'])).toBe('v')
    expect(withOf(['w', 'v'])).toBe('v')
    expect(withOf([{ whole: 'v', alone: true }, 'w'])).toBe('w')
    expect(withOf(['v', { whole: 'w', alone: true }])).toBe('v')
    expect(
      withOf([
        { whole: 'w', alone: true },
        { whole: 'v', alone: true },
      ]),
    ).toBe('v')
  })

  it('makes each of them wait for what uses it, up to the topmost', () => {
    const plan = planOf([
      { id: 'top' },
      { id: 'middle', partOf: ['top'] },
      { id: 'other' },
      { id: 'part', partOf: ['middle', 'other'] },
      { id: 'user', uses: ['part'] },
    ])
    expect(picture(plan)).toEqual(['remove user', 'remove other <- user', 'remove top <- user'])
  })
})
