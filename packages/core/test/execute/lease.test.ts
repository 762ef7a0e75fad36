import { expect, it } from 'vitest'
import { scopeOf } from '../../src/execute/lease.ts'

const one = { adapter: 'aws', account: '1', principal: 'p', places: ['here'] }
const other = { adapter: 'openstack', account: '2', principal: 'p', places: ['here'] }
const target = { cluster: 'ci-1' }

it('is one scope for one target in the same accounts, in whatever order and by whomever, and another for any other', () => {
  const scope = scopeOf(target, [one, other])
  expect(scope).toBe('aws:1,openstack:2 {"cluster":"ci-1"}')
  expect(scopeOf(target, [{ ...other, principal: 'q' }, one])).toBe(scope)
  const others = [
    scopeOf(target, [one]),
    scopeOf(target, [one, { ...other, account: '3' }]),
    scopeOf(target, [{ ...one, adapter: 'kubernetes' }, other]),
    scopeOf({ cluster: 'ci-2' }, [one, other]),
    scope,
  ]
  expect(new Set(others).size).toBe(5)
})
