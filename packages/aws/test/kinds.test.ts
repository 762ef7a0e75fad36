import { readdirSync } from 'node:fs'
import type { Ref } from '@cleardown/core'
import { describe, expect, test } from 'vitest'
import { kinds } from '../src/kinds/index.ts'
import { factsOf, fixture } from './support.ts'

const names = kinds.map(({ name }) => name)
const files = (folder: string, ending: string): string[] =>
  readdirSync(new URL(folder, import.meta.url))
    .filter((file) => file.endsWith(ending) && file !== 'index.ts')
    .map((file) => `aws:${file.slice(0, -ending.length)}`)
    .sort()

test('every file of the folder is a kind of the list, under its own name', () => {
  expect([...names].sort()).toEqual(files('../src/kinds', '.ts'))
})

test('every kind has real answers to be judged by', () => {
  expect([...names].sort()).toEqual(files('fixtures', '.json'))
})

test('kinds use kinds that there are', () => {
  for (const { uses } of kinds) for (const used of uses) expect(names).toContain(used)
})

describe.each(kinds.map((kind) => [kind.name, kind] as const))('%s', (name, kind) => {
  const all = fixture(name).map((raw) => kind.facts(raw))

  test('has pure facts that survive as JSON', () => {
    for (const [index, facts] of all.entries()) {
      expect(factsOf(name, index)).toEqual(facts)
      expect(JSON.parse(JSON.stringify(facts))).toEqual(facts)
      expect(facts.id).not.toBe('')
      expect(facts.incarnation).not.toBe('')
      for (const at of [facts.createdAt, facts.since])
        if (at !== undefined) expect(new Date(at).getTime()).not.toBeNaN()
    }
  })

  test('gives each thing an id of its own', () => {
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length)
  })

  test('points at kinds that there are, never at itself, and says in `uses` what it points at', () => {
    for (const facts of all)
      for (const relation of facts.relations) {
        expect(relation.because).not.toBe('')
        const other: Ref = 'to' in relation ? relation.to : relation.from
        if ('alias' in other) {
          expect(other.alias).not.toMatch(/undefined|\/\//)
          continue
        }
        expect(names).toContain(other.kind)
        expect(other.id).not.toMatch(/^$|undefined/)
        expect(other.kind === name && other.id === facts.id).toBe(false)
        if ('to' in relation) expect(kind.uses).toContain(other.kind)
      }
  })

  test('sends global references to the global place', () => {
    const global = new Set(kinds.filter(({ place }) => place === 'global').map((one) => one.name))
    for (const { relations } of all)
      for (const relation of relations) {
        const other: Ref = 'to' in relation ? relation.to : relation.from
        if ('kind' in other) expect(other.place).toBe(global.has(other.kind) ? 'global' : undefined)
      }
  })

  test('tells a person the exact command', () => {
    for (const facts of all) {
      const command = kind.manual?.(facts) ?? ''
      expect(command).toMatch(/^(aws|#) /)
      if (command.startsWith('aws') && kind.place !== 'global') expect(command).toMatch(/ --region us-east-1( |$)/)
    }
  })

  test('can be asked for in all its ways', () => {
    if (kind.within) expect(kind.find.using).toHaveProperty([kind.within])
    if (kind.link) expect(kind.restore).toBeTypeOf('function')
    expect(kind.remove).toBeTypeOf('function')
    expect(kind.latency.typicalMs).toBeLessThanOrEqual(kind.latency.worstMs)
  })
})
