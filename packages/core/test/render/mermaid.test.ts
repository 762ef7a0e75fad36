import { describe, expect, test } from 'vitest'
import { type KindName, type ResourceKey, resourceKey } from '../../src/model/key.ts'
import type { Decision, Plan, PlannedResource } from '../../src/model/plan.ts'
import type { Edge } from '../../src/model/relation.ts'
import { toMermaid } from '../../src/render/index.ts'

const key = (id: string): ResourceKey => resourceKey({ kind: 'cloud:thing', account: 'a', place: 'p', id })
const resource = (id: string, more: Partial<PlannedResource> = {}): PlannedResource => ({
  key: key(id),
  kind: 'cloud:thing' as KindName,
  adapter: 'cloud',
  id,
  place: 'p',
  incarnation: id,
  phase: 'steady',
  state: 'available',
  ownership: { level: 'owned', evidence: [] },
  decision: 'remove',
  because: [],
  ...more,
})
const dependsOn = (from: string, to: string, ifBroken: 'refused' | 'leaks' = 'refused'): Edge => ({
  type: 'dependsOn',
  from: key(from),
  to: key(to),
  because: 'field',
  ifBroken,
})
const partOf = (from: string, to: string): Edge => ({
  type: 'partOf',
  from: key(from),
  to: key(to),
  because: 'field',
  alone: false,
})
const remove = (target: string): Plan['steps'][number] => ({
  action: 'remove',
  route: 'served',
  target: key(target),
  needs: [],
  because: [],
  estimateMs: 0,
})
const planOf = (
  resources: readonly PlannedResource[],
  edges: readonly Edge[] = [],
  steps: Plan['steps'] = [],
): Plan => ({
  format: 'cleardown-plan/1',
  id: '',
  contentId: '',
  createdAt: '',
  expiresAt: '',
  target: {},
  policy: {},
  overrides: [],
  identities: [],
  adapters: [],
  roots: [],
  coverage: [],
  resources,
  edges,
  steps,
  kept: [],
  blocked: [],
  findings: [],
  refused: [],
  estimate: { makespanMs: 0, criticalPath: [] },
})

describe('mermaid', () => {
  test('draws an arrow from the user to the used, with the step and the colour of the decision', () => {
    const plan = planOf(
      [
        resource('instance', { step: 0, name: 'worker' }),
        resource('subnet', { step: 1 }),
        resource('interface', { step: 0, decision: 'await' }),
        resource('vpc', { decision: 'keep' }),
      ],
      [dependsOn('instance', 'subnet'), dependsOn('subnet', 'vpc', 'leaks')],
      [remove('instance'), remove('subnet')],
    )
    expect(toMermaid(plan)).toBe(
      [
        'flowchart TB',
        '  n0["thing<br/>worker<br/>1. remove"]:::remove',
        '  n1["thing<br/>interface<br/>with 1"]:::await',
        '  n2["thing<br/>subnet<br/>2. remove"]:::remove',
        '  n3["thing<br/>vpc<br/>keep"]:::keep',
        '  n0 --> n2',
        '  n2 -.-> n3',
        '  classDef keep fill:#e1f3e6,stroke:#1e8449,color:#1b1b1b',
        '  classDef remove fill:#fde2e1,stroke:#c0392b,color:#1b1b1b',
        '  classDef await fill:#fdeedc,stroke:#d68910,color:#1b1b1b,stroke-dasharray:4 3',
        '',
      ].join('\n'),
    )
  })

  test('puts parts into the box of their whole, boxes into boxes', () => {
    const plan = planOf(
      [resource('a-stack'), resource('b-group', { decision: 'await' }), resource('c-instance', { decision: 'await' })],
      [partOf('b-group', 'a-stack'), partOf('c-instance', 'b-group')],
    )
    expect(toMermaid(plan).split('\n').slice(0, 9)).toEqual([
      'flowchart TB',
      '  subgraph n0_parts["thing a-stack"]',
      '    n0["thing<br/>a-stack<br/>remove"]:::remove',
      '    subgraph n1_parts["thing b-group"]',
      '      n1["thing<br/>b-group<br/>await"]:::await',
      '      n2["thing<br/>c-instance<br/>await"]:::await',
      '    end',
      '  end',
      '  classDef remove fill:#fde2e1,stroke:#c0392b,color:#1b1b1b',
    ])
  })

  test('a part of two wholes stands in one box and points at the other', () => {
    const text = toMermaid(
      planOf(
        [resource('holder'), resource('rule'), resource('stack')],
        [partOf('rule', 'stack'), partOf('rule', 'holder')],
      ),
    )
    expect(text).toContain(
      '  subgraph n0_parts["thing holder"]\n    n0["thing<br/>holder<br/>remove"]:::remove\n    n1[',
    )
    expect(text).toContain('  n1 -. part of .-> n2')
  })

  test('wholes that claim to be part of each other do not hang it', () => {
    const text = toMermaid(planOf([resource('a'), resource('b')], [partOf('a', 'b'), partOf('b', 'a')]))
    expect(text.match(/subgraph/g)).toHaveLength(1)
    expect(text).toContain('part of')
  })

  test('names stay text, whatever they are', () => {
    const names = [
      '"]; click n0 "javascript:alert(1)',
      '<script>',
      '`**bold**`',
      'a\nend\nsubgraph',
      '#quot;',
      'back\\slash',
      'x'.repeat(500),
      '\u202egnp.exe',
      '__proto__',
      'end',
    ]
    const text = toMermaid(planOf(names.map((name, index) => resource(`id-${index}`, { name }))))
    const nodes = text.split('\n').filter((line) => line.startsWith('  n'))
    expect(nodes).toHaveLength(names.length)
    for (const node of nodes) expect(node).toMatch(/^ {2}n\d+\["thing<br\/>[^"<>`\\\n\u202e]*<br\/>remove"\]:::remove$/)
    expect(text).toContain('#35;quot;')
    expect(text).toContain(`${'x'.repeat(47)}…`)
  })

  test('the same plan in another order gives the same bytes', () => {
    const resources = ['d', 'a', 'c', 'b'].map((id) => resource(id))
    const edges = [dependsOn('a', 'b'), partOf('c', 'd'), dependsOn('d', 'a'), dependsOn('a', 'c')]
    expect(toMermaid(planOf(resources.toReversed(), edges.toReversed()))).toBe(toMermaid(planOf(resources, edges)))
  })

  test('a big plan is drawn in part, what needs a person first, and says what is missing', () => {
    const decide = (index: number): Decision => (index === 1_999 ? 'blocked' : 'remove')
    const ids = Array.from({ length: 2_000 }, (_, index) => String(index).padStart(5, '0'))
    const plan = planOf(
      ids.map((id, index) => resource(id, { decision: decide(index) })),
      ids.flatMap((id, index) => [1, 2, 3].flatMap((hop) => dependsOn(id, ids[(index + hop) % ids.length] ?? id))),
    )
    const text = toMermaid(plan)
    expect(text.match(/^ {2}n\d+\[/gm)).toHaveLength(250)
    expect(text.match(/-->/g)).toHaveLength(500)
    expect(text).toContain('01999<br/>blocked')
    expect(text).toMatch(/note\["not shown: 1750 of 2000 resources and \d+ relations"\]/)
    expect(text.length).toBeLessThan(50_000)
  })

  test('a plan of nothing is a picture of nothing', () => {
    expect(toMermaid(planOf([]))).toBe('flowchart TB\n')
  })
})
