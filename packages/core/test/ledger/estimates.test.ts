import { describe, expect, it } from 'vitest'
import type { LedgerEntry } from '../../src/ledger/ledger.ts'
import { memoryLedger } from '../../src/ledger/memory-ledger.ts'
import { observedLatency, withObserved } from '../../src/ledger/observed-latency.ts'
import { type KindName, type ResourceKey, resourceKey } from '../../src/model/key.ts'
import type { Discovery } from '../../src/model/resource.ts'
import { virtualContext } from '../support/virtual-context.ts'

const start = Date.UTC(2026, 0, 1)
const at = (second: number): string => new Date(start + second * 1_000).toISOString()
const keyOf = (kind: KindName, id: string): ResourceKey => resourceKey({ kind, account: '1', place: 'here', id })

function asked(target: ResourceKey, second: number, action: 'remove' | 'sever' | 'unprotect' = 'remove'): LedgerEntry {
  const common = { runId: 'r', planId: 'p', step: 0, incarnation: '1', principal: 'ci', attempt: 1 }
  return { at: at(second), type: 'intent', action, target, ...common }
}
const gone = (target: ResourceKey, second: number): LedgerEntry => ({
  at: at(second),
  type: 'gone',
  runId: 'r',
  target,
  incarnation: '1',
  proof: 'not-found',
})

async function observed(...entries: readonly LedgerEntry[]): Promise<Record<string, number>> {
  const ledger = memoryLedger({ context: virtualContext() })
  await ledger.append(entries)
  return Object.fromEntries(await observedLatency(ledger))
}

/** Removals of boxes that took so many seconds, one after the other. */
const took = (kind: KindName, ...seconds: readonly number[]): LedgerEntry[] =>
  seconds.flatMap((each, index) => [
    asked(keyOf(kind, String(index)), index * 1_000),
    gone(keyOf(kind, String(index)), index * 1_000 + each),
  ])

describe('what a ledger has seen of a kind', () => {
  it('is the median from asked to gone, in whatever order they came; of an even number the shorter one', async () => {
    expect(await observed(...took('cloud:box', 30, 10, 20))).toEqual({ 'cloud:box': 20_000 })
    expect(await observed(...took('cloud:box', 100, 5, 30, 7))).toEqual({ 'cloud:box': 7_000 })
    expect(await observed(...took('cloud:box', 0, 0, 0))).toEqual({ 'cloud:box': 0 })
  })

  it('is nothing for fewer than three', async () => {
    expect(await observed(...took('cloud:box', 1, 2), ...took('cloud:net', 1, 2, 3))).toEqual({ 'cloud:net': 2_000 })
  })

  it('is that of the last hundred', async () => {
    const old = Array.from({ length: 60 }, () => 900)
    const late = Array.from({ length: 99 }, () => 5)
    expect(await observed(...took('cloud:box', ...old, ...late, 7))).toEqual({ 'cloud:box': 5_000 })
    const most = Array.from({ length: 51 }, () => 900)
    const least = Array.from({ length: 50 }, () => 5)
    expect(await observed(...took('cloud:box', ...most, ...least))).toEqual({ 'cloud:box': 5_000 })
  })

  it('counts links that were cut, and no changes', async () => {
    const cut = ['a', 'b', 'c'].flatMap((id) => [
      asked(keyOf('cloud:rule', id), 0, 'sever'),
      gone(keyOf('cloud:rule', id), 4),
    ])
    const lifted = ['a', 'b', 'c'].flatMap((id) => [
      asked(keyOf('cloud:box', id), 0, 'unprotect'),
      gone(keyOf('cloud:box', id), 4),
    ])
    expect(await observed(...cut, ...lifted)).toEqual({ 'cloud:rule': 4_000 })
  })

  it('leaves out what nobody asked for, what was gone once already, and clocks that went back', async () => {
    const box = (id: string): ResourceKey => keyOf('cloud:box', id)
    const entries = [
      gone(box('by another'), 5),
      asked(box('a'), 0),
      gone(box('a'), 9),
      gone(box('a'), 90),
      asked(box('back'), 100),
      gone(box('back'), 50),
      asked(box('b'), 0),
      gone(box('b'), 9),
    ]
    expect(await observed(...entries)).toEqual({})
    expect(await observed(...entries, asked(box('c'), 0), gone(box('c'), 8))).toEqual({ 'cloud:box': 9_000 })
  })
})

describe('a discovery with what a ledger has seen', () => {
  const resource = (kind: KindName): object => ({
    kind,
    abilities: { quiesce: true, latency: { typicalMs: 1, worstMs: 9 } },
  })
  const discovery = { resources: [resource('cloud:box'), resource('cloud:net')] } as unknown as Discovery

  it('has other typical times for the kinds that were seen, and the same worst times', () => {
    const { resources } = withObserved(discovery, new Map([['cloud:box', 700]]))
    expect(resources).toEqual([
      { kind: 'cloud:box', abilities: { quiesce: true, latency: { typicalMs: 700, worstMs: 9 } } },
      resource('cloud:net'),
    ])
    expect(discovery.resources[0]).toEqual(resource('cloud:box'))
  })

  it('is the same where nothing was seen', () => {
    expect(withObserved(discovery, new Map())).toBe(discovery)
  })
})
