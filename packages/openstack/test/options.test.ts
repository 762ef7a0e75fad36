import { readFileSync } from 'node:fs'
import { MisuseError } from '@cleardown/core'
import { describe, expect, test } from 'vitest'
import { type OpenStackOptions, openstack } from '../src/index.ts'
import { version } from '../src/version.ts'

describe('says which option is wrong, what it is, and what would be right', () => {
  test.each([
    [{ cloud: '' }, 'cloud is "": give the name of an entry of clouds.yaml'],
    [{ cloud: 7 }, 'cloud is 7'],
    [{ cloud: 'ci', project: 'ci' }, 'project is "ci": there is no such option; known are cloud, auth'],
    [{ region: ['RegionOne'] }, 'region is ["RegionOne"]'],
    [{ interface: 'publicURL' }, 'interface is "publicURL": it is "public", "internal" or "admin"'],
    [{ verify: 'no' }, 'verify is "no": it is true or false'],
    [{ endpoints: { network: 7 } }, 'endpoints is {"network":7}'],
    [{ expectedProject: ' ' }, 'expectedProject is " "'],
    [{ allowAdmin: 'yes' }, 'allowAdmin is "yes"'],
    [{ fetch: 'node-fetch' }, 'fetch is "node-fetch"'],
    [{ toString: 'x' }, 'toString is "x": there is no such option'],
    ['ci', 'options is "ci"'],
    [null, 'options is null'],
  ])('%o', (options, says) => {
    expect(() => openstack(options as unknown as OpenStackOptions)).toThrow(MisuseError)
    expect(() => openstack(options as unknown as OpenStackOptions)).toThrow(says)
  })
})

test('never shows credentials', () => {
  const auth = { auth_url: 'http://127.0.0.1', password: { secret: 'hidden' } } as never
  expect(() => openstack({ auth })).toThrow(/auth is \(not shown\)/)
  expect(() => openstack({ token: 'hidden' as never })).not.toThrow(/hidden/)
})

test('takes what is right, and nothing at all', () => {
  expect(openstack().name).toBe('openstack')
  expect(openstack({ cloud: 'ci', region: 'RegionOne', expectedProject: 'ci', verify: false }).version).toBe(version)
})

test('the version is the package’s', () => {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }
  expect(version).toBe(manifest.version)
})
