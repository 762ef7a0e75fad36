import { readdirSync } from 'node:fs'
import type { Ref } from '@cleardown/core'
import { describe, expect, test } from 'vitest'
import { kinds } from '../src/kinds/index.ts'
import { aliasKinds, type Word } from '../src/openstack-kind.ts'
import { serviceNames } from '../src/services.ts'
import { factsOf, fixture } from './support.ts'

const names = kinds.map(({ name }) => name)
const files = (folder: string, ending: string): string[] =>
  readdirSync(new URL(folder, import.meta.url))
    .filter((file) => file.endsWith(ending) && file !== 'index.ts')
    .map((file) => `openstack:${file.slice(0, -ending.length)}`)
    .sort()

test('every file of the folder is a kind of the list, under its own name', () => {
  expect([...names].sort()).toEqual(files('../src/kinds', '.ts'))
})

test('every kind has real answers to be judged by', () => {
  expect([...names].sort()).toEqual(files('fixtures', '.json'))
})

test('kinds use kinds that there are, of services that there are', () => {
  for (const { uses, service } of kinds) {
    for (const used of uses) expect(names).toContain(used)
    expect(serviceNames).toContain(service)
  }
  for (const kind of Object.values(aliasKinds)) expect(names).toContain(kind)
})

/** Aliases over providers are joined elsewhere; those of this provider belong to a kind. */
const kindBehind = (ref: Ref): string | undefined =>
  'kind' in ref ? ref.kind : aliasKinds[ref.alias.slice(0, ref.alias.indexOf(':')) as Word]

describe.each(kinds.map((kind) => [kind.name, kind] as const))('%s', (name, kind) => {
  const all = fixture(name).map((raw) => kind.facts(raw))

  test('has pure facts that survive as JSON', () => {
    for (const [index, facts] of all.entries()) {
      expect(factsOf(name, index)).toEqual(facts)
      expect(JSON.parse(JSON.stringify(facts))).toEqual(facts)
      expect(facts.id).not.toBe('')
      expect(facts.incarnation).not.toBe('')
      for (const at of [facts.createdAt, facts.since]) if (at !== undefined) expect(at).toMatch(/(Z|[+-]\d\d:?\d\d)$/)
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
        const [id, behind] = ['kind' in other ? other.id : other.alias, kindBehind(other)]
        expect(id).not.toMatch(/^$|undefined|null/)
        if (behind === undefined) continue
        expect(names).toContain(behind)
        expect(behind === name && id === facts.id).toBe(false)
        if ('to' in relation) expect(kind.uses).toContain(behind)
      }
  })

  test('is used by the kinds that it says use it, so that an unseen one of those blocks it', () => {
    for (const { relations } of all)
      for (const relation of relations) {
        if (relation.type !== 'dependsOn' || !('from' in relation)) continue
        const user = kinds.find((one) => one.name === kindBehind(relation.from))
        expect(user?.uses).toContain(name)
      }
  })

  test('tells a person the exact command', () => {
    for (const facts of all) expect(kind.manual?.(facts) ?? '').toMatch(/^(openstack |# )/)
  })

  test('can be asked for in all its ways', () => {
    if (kind.within) expect(kind.find.using).toHaveProperty([kind.within])
    if (kind.link) expect(kind.restore).toBeTypeOf('function')
    expect(kind.latency.typicalMs).toBeLessThanOrEqual(kind.latency.worstMs)
  })
})
