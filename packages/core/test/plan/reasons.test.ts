import { describe, expect, it } from 'vitest'
import { concludeOwnership, type Evidence, type Ownership } from '../../src/model/ownership.ts'
import type { Policy } from '../../src/model/policy.ts'
import type { Discovery, Resource } from '../../src/model/resource.ts'
import { buildPlan } from '../../src/plan/build-plan.ts'
import { keyOf, type Sketch, sketchDiscovery } from '../support/discovery.ts'
import { now, planOf, told } from './planned.ts'

const says = (one: Evidence['says'], strength: Evidence['strength'], more: Partial<Evidence> = {}): Evidence => ({
  rule: 'sketch',
  says: one,
  strength,
  field: 'tag owner',
  value: one,
  ...more,
})

/** What is told of `it`, whose evidence is this. */
function toldOf(evidence: readonly Evidence[], policy: Policy = {}, level?: Ownership['level']): string | undefined {
  const discovery = sketchDiscovery([{ id: 'it' }])
  const [it] = discovery.resources as [Resource]
  const concluded = concludeOwnership(evidence)
  const ownership = level ? { ...concluded, level } : concluded
  return told(
    buildPlan({
      discovery: { ...discovery, resources: [{ ...it, ownership }] },
      target: { cluster: 'c' },
      policy,
      now,
    }),
    'it',
  )
}

describe('why something stays or goes, in words', () => {
  it.each<[string, readonly Evidence[], string]>([
    ['its proof', [says('ours', 'proof')], 'remove: sketch: tag owner = ours'],
    ['whose it is', [says('other', 'proof', { owner: 'ci-2' })], 'keep: it belongs to ci-2: tag owner = other'],
    ['that it is of somebody', [says('other', 'proof')], 'keep: it belongs to another owner: tag owner = other'],
    [
      'who else claims it',
      [says('ours', 'proof'), says('other', 'proof', { owner: 'ci-2' })],
      'ask disputed: proof of ours and of ci-2: tag owner = other',
    ],
    [
      'that somebody else claims it',
      [says('ours', 'proof'), says('other', 'proof')],
      'ask disputed: proof of ours and of another owner: tag owner = other',
    ],
    ['that it is shared', [says('shared', 'proof')], 'keep shared: shared: tag owner = shared'],
    [
      'with whom it is shared, each once',
      ['b', 'a', 'b'].map((owner) => says('shared', 'proof', { owner })),
      'keep shared: shared with a, b: tag owner = shared',
    ],
    ['that nothing says anything', [], 'keep: nothing says that it is ours'],
    ['the hint', [says('ours', 'hint')], 'ask suspected: only hints say that it is ours: tag owner = ours'],
    [
      'that only its place speaks for it',
      [says('ours', 'hint', { rule: 'topology' }), says('ours', 'hint', { rule: 'part-of' })],
      'ask suspected: nothing says whose it is; it only uses what is ours: tag owner = ours',
    ],
    [
      'the hint beside its place',
      [says('ours', 'hint', { rule: 'topology' }), says('ours', 'hint', { rule: 'name-prefix' })],
      'ask suspected: only hints say that it is ours: tag owner = ours',
    ],
    [
      'the hint of its whole alone',
      [says('ours', 'hint', { rule: 'part-of' })],
      'ask suspected: only hints say that it is ours: tag owner = ours',
    ],
  ])('%s', (_, evidence, text) => {
    expect(toldOf(evidence)).toBe(text)
  })

  it('tells each its own proof, also where neighbours share it or differ in one word', () => {
    const sketches: Sketch[] = ['a', 'b', 'c', 'd', 'e'].map((id) => ({ id }))
    const discovery = sketchDiscovery(sketches)
    const proofs = [
      says('ours', 'proof'),
      says('ours', 'proof'),
      says('ours', 'proof', { value: 'x' }),
      says('ours', 'proof', { value: 'x', field: 'name' }),
      says('ours', 'proof', { value: 'x', field: 'name', rule: 'ledger' }),
    ]
    const resources = discovery.resources.map((one, index) => ({
      ...one,
      ownership: concludeOwnership([proofs[index] as Evidence]),
    }))
    const plan = buildPlan({ discovery: { ...discovery, resources }, target: { cluster: 'c' }, policy: {}, now })
    expect(sketches.map(({ id }) => told(plan, id))).toEqual([
      'remove: sketch: tag owner = ours',
      'remove: sketch: tag owner = ours',
      'remove: sketch: tag owner = x',
      'remove: sketch: name = x',
      'remove: ledger: name = x',
    ])
  })

  it('says what a person wished', () => {
    const ours = [says('ours', 'proof')]
    expect(toldOf(ours, { keep: ['it'] })).toBe('keep kept-by-policy: policy.keep names it')
    expect(toldOf(ours, { keep: [{ kind: 'test:thing' }] })).toBe(
      'keep kept-by-policy: policy.keep names {"kind":"test:thing"}',
    )
    expect(toldOf([], { approve: ['it'] })).toBe('remove: approved by id')
    expect(toldOf([says('ours', 'hint')], { suspected: 'keep' })).toMatch(/^keep suspected: /)
    expect(toldOf([says('ours', 'hint')], { suspected: 'remove' })).toBe('remove: sketch: tag owner = ours')
  })

  it('keeps nothing by a selector that is only partly true, and all parts of one that has many', () => {
    const one: Sketch = { id: 'it', facts: { name: 'web', tags: { a: '1', b: '2' } } }
    const decided = (keep: Policy['keep']): string | undefined => told(planOf([one], keep ? { keep } : {}), 'it')
    expect(decided([{ tags: { a: '1', b: '2' } }])).toMatch(/^keep/)
    expect(decided([{ tags: { a: '1', b: '3' } }])).toMatch(/^remove/)
    expect(decided([{ tags: { c: '1' } }])).toMatch(/^remove/)
    expect(decided([{ name: 'web', tags: { a: '2' } }])).toMatch(/^remove/)
    expect(decided([{ tags: {} }])).toMatch(/^keep/)
    expect(decided(['nobody', 'it'])).toBe('keep kept-by-policy: policy.keep names it')
    expect(decided([keyOf('it')])).toMatch(/^keep/)
    expect(told(planOf([{ id: 'it' }], { keep: [{ tags: { a: '1' } }, 'arn:x', { name: 'x' }] }), 'it')).toMatch(
      /^remove/,
    )
  })

  it('keeps what cleardown itself works through, whatever the policy says', () => {
    const discovery: Partial<Discovery> = { needed: [keyOf('it')] }
    expect(told(planOf([{ id: 'it' }], { approve: ['it'] }, discovery), 'it')).toBe(
      'keep needed: cleardown itself works through it',
    )
  })

  it('says what becomes of data', () => {
    const data = (holdsData: 'delete' | 'retain' | 'unknown', policy: Policy = {}): string | undefined =>
      told(planOf([{ id: 'it', facts: { holdsData } }], policy), 'it')
    expect(data('retain')).toBe('keep retained: its maker wants the data kept')
    expect(data('unknown')).toBe('ask holds-data: it holds data, and nobody said what shall become of it')
    expect(data('unknown', { retained: 'keep' })).toBe('keep retained: policy.retained is keep')
    expect(data('retain', { retained: 'keep' })).toBe('keep retained: its maker wants the data kept')
    expect(data('retain', { retained: 'ask' })).toMatch(/^ask holds-data/)
    for (const policy of [{}, { retained: 'keep' }, { retained: 'ask' }] as const)
      expect(data('delete', policy)).toMatch(/^remove/)
  })

  it('says which protection stands, and whether it could be lifted', () => {
    const guard = { id: 'guard', liftable: true, says: 'on the box' }
    const lock = { id: 'lock', liftable: false, says: 'by the provider' }
    const held = (protections: (typeof guard)[], policy: Policy, abilities: Sketch['abilities'] = {}) =>
      told(planOf([{ id: 'it', facts: { protections }, abilities }], { ifBlocked: 'continue', ...policy }), 'it')
    expect(held([guard], {})).toBe('blocked protected: guard (on the box); policy.liftProtection does not name it')
    expect(held([lock], {})).toBe('blocked protected: lock (by the provider); it cannot be lifted from here')
    const able = { unprotect: { guard: true, lock: true } }
    expect(held([guard], { liftProtection: ['it'] }, able)).toMatch(/^remove/)
    expect(held([guard], { liftProtection: [keyOf('it')] }, able)).toMatch(/^remove/)
    expect(held([guard], { liftProtection: ['other', 'it'] }, able)).toMatch(/^remove/)
    expect(held([guard], { liftProtection: ['other'] }, able)).toMatch(/^blocked protected: guard/)
    expect(held([guard, lock], { liftProtection: ['it'] }, able)).toMatch(/^blocked protected: lock/)
    expect(held([guard], { liftProtection: ['it'] }, { unprotect: {} })).toMatch(/^blocked protected: guard/)
  })

  it('says what could not be listed, where the two could meet', () => {
    const unseen = (place: string, account = 'a', uses = ['test:thing'] as const) =>
      told(planOf([{ id: 'it' }], {}, { unseen: [{ kind: 'test:eni', place, account, uses: [...uses] }] }), 'it')
    expect(unseen('p')).toBe('blocked unseen: test:eni could not be listed in p; one of them may use it')
    expect(unseen('global')).toBe('blocked unseen: test:eni could not be listed in global; one of them may use it')
    expect(unseen('elsewhere')).toMatch(/^remove/)
    expect(unseen('p', 'another')).toMatch(/^remove/)
    const other = planOf(
      [{ id: 'it' }],
      {},
      { unseen: [{ kind: 'test:eni', place: 'p', account: 'a', uses: ['test:box'] }] },
    )
    expect(told(other, 'it')).toMatch(/^remove/)
  })

  it('says behind what it was not seen, unless it stays anyway', () => {
    const behindUnseen = [
      { key: keyOf('it'), because: 'its whole was not seen' },
      { key: keyOf('kept'), because: 'its whole was not seen' },
      { key: keyOf('nobody'), because: 'x' },
    ]
    const plan = planOf([{ id: 'it' }, { id: 'kept' }], { keep: ['kept'] }, { behindUnseen })
    expect(told(plan, 'it')).toBe('blocked unseen: its whole was not seen')
    expect(told(plan, 'kept')).toBe('keep kept-by-policy: policy.keep names kept')
  })

  it('says of parts that they go with what was approved, however deep', () => {
    const plan = planOf(
      [
        { id: 'box', owned: 'unknown' },
        { id: 'port', owned: 'unknown', partOf: ['box'] },
        { id: 'address', owned: 'suspected', partOf: ['port'] },
        { id: 'claimed', owned: 'unknown', partOf: ['box'] },
        { id: 'other', owned: 'unknown' },
      ],
      { approve: ['box', 'claimed'] },
    )
    expect(told(plan, 'port')).toBe('await: part of what is approved by id')
    expect(told(plan, 'address')).toBe('await: part of what is approved by id')
    expect(told(plan, 'claimed')).toBe('await: approved by id')
    expect(told(plan, 'other')).toBe('keep: nothing says that it is ours')
    const held = planOf(
      [
        { id: 'box', owned: 'unknown' },
        { id: 'disk', owned: 'unknown', partOf: ['box'], facts: { holdsData: 'unknown' } },
        { id: 'seat', owned: 'disputed', partOf: ['box'] },
      ],
      { approve: ['box'] },
    )
    expect(told(held, 'disk')).toMatch(/^ask holds-data/)
    expect(told(held, 'seat')).toMatch(/^ask disputed/)
  })
})
