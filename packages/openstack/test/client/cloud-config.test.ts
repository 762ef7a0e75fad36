import { MisuseError } from '@cleardown/core'
import { describe, expect, it } from 'vitest'
import { type CloudOptions, type ResolvedCloud, resolveCloud } from '../../src/cloud-config.ts'
import type { Environment } from '../../src/environment.ts'

const environment = (
  files: Readonly<Record<string, string>>,
  variables: Readonly<Record<string, string>> = {},
): Environment => ({
  variables,
  cwd: '/work',
  home: '/home/ci',
  platform: 'linux',
  read: (path) => files[path],
})

const resolve = (
  yaml: string,
  options: CloudOptions = {},
  variables: Readonly<Record<string, string>> = {},
): ResolvedCloud => resolveCloud(options, environment({ '/work/clouds.yaml': yaml }, variables))

const bodyOf = (cloud: ResolvedCloud): unknown => ('body' in cloud.login ? cloud.login.body() : undefined)

const errorOf = (work: () => unknown): { code: string; message: string } => {
  try {
    work()
  } catch (error) {
    if (error instanceof MisuseError) return { code: error.code, message: error.message }
    throw error
  }
  throw new Error('nothing was thrown')
}

const ci = `clouds:
  ci:
    auth:
      auth_url: https://keystone.example.com:5000/v3
      username: job
      password: secret
      project_name: alpha
      user_domain_name: Default
      project_domain_name: Default
    region_name: RegionOne
`

describe('where a cloud comes from', () => {
  it.each([
    ['/work/clouds.yaml'],
    ['/work/clouds.yml'],
    ['/work/clouds.json'],
    ['/home/ci/.config/openstack/clouds.yaml'],
    ['/etc/xdg/openstack/clouds.yaml'],
    ['/etc/openstack/clouds.yaml'],
  ])('is found in %s', (path) => {
    expect(resolveCloud({}, environment({ [path]: ci })).authUrl).toBe('https://keystone.example.com:5000')
  })

  it('is the first file found, not all of them together', () => {
    const files = { '/work/clouds.yaml': ci, '/etc/openstack/clouds.yaml': ci.replace('ci:', 'other:') }
    expect(errorOf(() => resolveCloud({ cloud: 'other' }, environment(files))).message).toContain('known are ci')
  })

  it('is under XDG_CONFIG_HOME and, on macOS, under Application Support', () => {
    const xdg = environment({ '/x/openstack/clouds.yaml': ci }, { XDG_CONFIG_HOME: '/x' })
    expect(resolveCloud({}, xdg).name).toBe('ci')
    const mac = environment({ '/home/ci/Library/Application Support/openstack/clouds.yaml': ci })
    expect(resolveCloud({}, { ...mac, platform: 'darwin' }).name).toBe('ci')
  })

  it('is first of all the file of OS_CLIENT_CONFIG_FILE', () => {
    const files = { '/work/clouds.yaml': ci, '/home/ci/mine.yaml': ci.replace('ci:', 'mine:') }
    expect(resolveCloud({}, environment(files, { OS_CLIENT_CONFIG_FILE: '~/mine.yaml' })).name).toBe('mine')
  })

  it('is no other file when the one of OS_CLIENT_CONFIG_FILE is not there', () => {
    const at = environment({ '/work/clouds.yaml': ci }, { OS_CLIENT_CONFIG_FILE: '/gone.yaml' })
    expect(errorOf(() => resolveCloud({}, at))).toMatchObject({
      code: 'bad-cloud',
      message: expect.stringContaining('/gone.yaml'),
    })
  })

  it('has its secrets from secure.yaml, laid over it key by key', () => {
    const files = {
      '/work/clouds.yaml': ci.replace('      password: secret\n', ''),
      '/etc/openstack/secure.yaml': 'clouds:\n  ci:\n    auth:\n      password: from-secure\n',
    }
    expect(bodyOf(resolveCloud({}, environment(files)))).toMatchObject({
      auth: { identity: { password: { user: { name: 'job', password: 'from-secure' } } } },
    })
    const named = environment(
      { ...files, '/s.yaml': 'clouds: {ci: {auth: {password: named}}}' },
      { OS_CLIENT_SECURE_FILE: '/s.yaml' },
    )
    expect(JSON.stringify(bodyOf(resolveCloud({}, named)))).toContain('"named"')
  })

  it('has what is common from a profile of clouds-public.yaml, under either name', () => {
    for (const key of ['profile', 'cloud']) {
      const files = {
        '/work/clouds.yaml': `clouds:\n  ci:\n    ${key}: vendor\n    interface: internal\n    auth: {username: a, password: b}\n`,
        '/work/clouds-public.yaml':
          'public-clouds:\n  vendor:\n    interface: admin\n    regions: [one, two]\n    auth:\n      auth_url: https://{region_name}.example.com/identity\n',
      }
      const cloud = resolveCloud({ region: 'two' }, environment(files))
      expect(cloud).toMatchObject({ authUrl: 'https://two.example.com/identity', region: 'two', interface: 'internal' })
    }
  })

  it('says that a profile is not there, unless the cloud can do without', () => {
    const text = 'clouds:\n  ci:\n    profile: vendor\n    auth: {username: a, password: b}\n'
    expect(errorOf(() => resolve(text)).message).toBe(
      '/work/clouds.yaml:3: `profile` is "vendor", which no clouds-public.yaml holds; write its `auth_url` here, or add that file',
    )
    expect(resolve(ci.replace('    auth:', '    profile: vendor\n    auth:')).name).toBe('ci')
  })
})

describe('which cloud', () => {
  const two = `${ci}  beta:\n    auth: {auth_url: "http://b:5000", username: a, password: b}\n`

  it('is the one of the option, else OS_CLOUD, else the variables, else the only one', () => {
    expect(resolve(two, { cloud: 'beta' }, { OS_CLOUD: 'ci' }).name).toBe('beta')
    expect(resolve(two, {}, { OS_CLOUD: 'beta' }).name).toBe('beta')
    expect(resolve(ci).name).toBe('ci')
    const variables = { OS_AUTH_URL: 'http://v:5000/v3', OS_USERNAME: 'v', OS_PASSWORD: 'w' }
    expect(resolve(two, {}, variables)).toMatchObject({ name: 'envvars', authUrl: 'http://v:5000' })
    expect(resolve(two, {}, { ...variables, OS_CLOUD: 'ci' }).name).toBe('ci')
    expect(resolve(two, {}, { ...variables, OS_CLOUD_NAME: 'shell' }).name).toBe('shell')
  })

  it('is told with the known names when it is not there', () => {
    expect(errorOf(() => resolve(two, { cloud: 'gamma' }))).toEqual({
      code: 'unknown-cloud',
      message: 'there is no cloud "gamma"; known are ci, beta (/work/clouds.yaml)',
    })
    expect(errorOf(() => resolve(two)).message).toContain('set `cloud` or OS_CLOUD; known are ci, beta')
    expect(errorOf(() => resolveCloud({}, environment({}))).message).toContain(
      'none is known (no clouds.yaml was found)',
    )
  })

  it('is none that variables form which only choose, or which belong to test tools', () => {
    const variables = {
      OS_REGION_NAME: 'two',
      OS_TEST_PATH: 'x',
      OS_STDOUT_CAPTURE: '1',
      OS_LOG_CAPTURE: '1',
      OS_TOKEN: '',
    }
    expect(resolve(ci, {}, variables)).toMatchObject({ name: 'ci', region: 'two' })
  })

  it('may not share its name with the one of the variables', () => {
    const text = ci.replace('ci:', 'envvars:')
    expect(errorOf(() => resolve(text, {}, { OS_USERNAME: 'x' })).message).toContain('set OS_CLOUD_NAME')
  })

  it('is what the options say, alone, when they hold an auth_url and no name', () => {
    const options = { auth: { auth_url: 'http://o:5000', username: 'o', password: 'p' } }
    const cloud = resolve(ci, options, { OS_PROJECT_ID: 'elsewhere', OS_REGION_NAME: 'elsewhere' })
    expect(cloud).toMatchObject({ name: 'options', authUrl: 'http://o:5000' })
    expect(cloud.region).toBeUndefined()
    expect(JSON.stringify(bodyOf(cloud))).not.toContain('elsewhere')
  })

  it('takes keys of the options over its own, and a name over an id that meant the same', () => {
    const text = ci.replace('project_name: alpha', 'project_id: "1"')
    const cloud = resolve(text, { cloud: 'ci', auth: { project_name: 'other' } })
    expect(bodyOf(cloud)).toMatchObject({
      auth: { scope: { project: { name: 'other', domain: { name: 'Default' } } } },
    })
  })
})

describe('how it logs in', () => {
  const url = { auth_url: 'http://k:5000' }
  const user = { name: 'u', domain: { id: 'default' } }
  const project = { project: { id: 'p' } }

  it.each<[string, CloudOptions, unknown]>([
    [
      'password',
      { auth: { ...url, username: 'u', password: 'x', project_id: 'p' } },
      { auth: { identity: { methods: ['password'], password: { user: { ...user, password: 'x' } } }, scope: project } },
    ],
    [
      'v3password by user id, domain for both, old names',
      { authType: 'v3password', auth: { ...url, user_name: 'u', password: 'x', tenant_name: 'a', domain_name: 'D' } },
      {
        auth: {
          identity: { methods: ['password'], password: { user: { name: 'u', domain: { name: 'D' }, password: 'x' } } },
          scope: { project: { name: 'a', domain: { name: 'D' } } },
        },
      },
    ],
    [
      'default_domain for both',
      { auth: { ...url, username: 'u', password: 'x', project_name: 'a', default_domain: 'dd' } },
      {
        auth: {
          identity: { methods: ['password'], password: { user: { name: 'u', domain: { id: 'dd' }, password: 'x' } } },
          scope: { project: { name: 'a', domain: { id: 'dd' } } },
        },
      },
    ],
    [
      'a token, guessed',
      { auth: { ...url, token: 't', project_id: 'p' } },
      { auth: { identity: { methods: ['token'], token: { id: 't' } }, scope: project } },
    ],
    [
      'an application credential by id, guessed, without any scope',
      { auth: { ...url, application_credential_id: 'a', application_credential_secret: 's', project_id: 'p' } },
      { auth: { identity: { methods: ['application_credential'], application_credential: { id: 'a', secret: 's' } } } },
    ],
    [
      'an application credential by name and user',
      {
        authType: 'v3applicationcredential',
        auth: { ...url, application_credential_name: 'a', application_credential_secret: 's', user_id: 'u' },
      },
      {
        auth: {
          identity: {
            methods: ['application_credential'],
            application_credential: { name: 'a', user: { id: 'u' }, secret: 's' },
          },
        },
      },
    ],
    [
      'v3totp',
      { authType: 'v3totp', auth: { ...url, username: 'u', passcode: '012345', project_id: 'p' } },
      { auth: { identity: { methods: ['totp'], totp: { user: { ...user, passcode: '012345' } } }, scope: project } },
    ],
    [
      'v3multifactor',
      {
        authType: 'v3multifactor',
        auth: {
          ...url,
          username: 'u',
          password: 'x',
          passcode: '1',
          auth_methods: 'v3password, v3totp',
          trust_id: 'tr',
        },
      },
      {
        auth: {
          identity: {
            methods: ['password', 'totp'],
            password: { user: { ...user, password: 'x' } },
            totp: { user: { ...user, passcode: '1' } },
          },
          scope: { 'OS-TRUST:trust': { id: 'tr' } },
        },
      },
    ],
  ])('%s', (_name, options, body) => {
    expect(bodyOf(resolveCloud(options, environment({})))).toEqual(body)
  })

  it('takes variables as a cloud of their own', () => {
    const cloud = resolveCloud(
      {},
      environment(
        {},
        {
          OS_AUTH_URL: 'https://k/identity/v3/',
          OS_AUTH_TYPE: 'v3applicationcredential',
          OS_APPLICATION_CREDENTIAL_ID: 'a',
          OS_APPLICATION_CREDENTIAL_SECRET: 's',
          OS_INTERFACE: 'internalURL',
          OS_REGION_NAME: 'R',
          OS_IDENTITY_API_VERSION: '3',
        },
      ),
    )
    expect(cloud).toMatchObject({ authUrl: 'https://k/identity', interface: 'internal' })
    expect(JSON.stringify(bodyOf(cloud))).toContain('application_credential')
  })

  it('takes scalars as they are written: a password of digits stays what it is', () => {
    const cloud = resolve(
      ci.replace('password: secret', 'password: 0123').replace('project_name: alpha', 'project_id: 1e5'),
    )
    expect(bodyOf(cloud)).toMatchObject({
      auth: { identity: { password: { user: { password: '0123' } } }, scope: { project: { id: '1e5' } } },
    })
  })

  it('shows no secret when it is written out', () => {
    const cloud = resolve(ci)
    expect(JSON.stringify(cloud)).not.toContain('secret')
  })

  it.each(['v2password', 'v3oidcpassword', 'none', 'http_basic', 'admin_token', 'toString'])(
    'refuses %s by name, with the known ones',
    (type) => {
      const { code, message } = errorOf(() =>
        resolve(ci.replace('    region_name', `    auth_type: ${type}\n    region_name`)),
      )
      expect(code).toBe('bad-cloud')
      expect(message).toBe(
        `/work/clouds.yaml:10: the auth type "${type}" is not one this client can do; known are password, v3password, token, v3token, v3applicationcredential, v3totp, v3multifactor`,
      )
    },
  )

  it('refuses a scope that is wider than a project', () => {
    const auth = { ...url, username: 'u', password: 'x' }
    for (const wide of [{ system_scope: 'all' }, { domain_id: 'd' }])
      expect(errorOf(() => resolveCloud({ auth: { ...auth, ...wide } }, environment({}))).message).toContain(
        'give `project_id`',
      )
  })
})

describe('a mistake is told with line and key', () => {
  it.each<[string, string, string]>([
    [
      'an indentation',
      ci.replace('      username', '     username'),
      '/work/clouds.yaml:5: at or after the key `username`',
    ],
    ['a tab', ci.replace('      username', '\tusername'), '/work/clouds.yaml:5: at or after the key `username`'],
    [
      'a quote that is not closed',
      ci.replace('secret', '"secret'),
      '/work/clouds.yaml:11: at or after the key `region_name`',
    ],
    [
      'a key twice',
      ci.replace('password: secret', 'username: again'),
      '/work/clouds.yaml:6: at or after the key `username`',
    ],
    ['another top', ci.replace('clouds:', 'cloud:'), '/work/clouds.yaml:1: there is no key `clouds`; there is `cloud`'],
    ['a list of clouds', 'clouds:\n  - ci\n', '/work/clouds.yaml:1: `clouds` is no mapping'],
    ['a cloud that is a text', 'clouds:\n  ci: yes\n', '/work/clouds.yaml:2: `ci` is no mapping'],
    [
      'an auth that is a text',
      'clouds:\n  ci:\n    region_name: r\n    auth: x\n',
      '/work/clouds.yaml:4: `auth` is no mapping',
    ],
    [
      'a key that is missing',
      ci.replace('password:', 'pasword:'),
      '/work/clouds.yaml:2: the cloud "ci" has no `password` in `auth`; `pasword` at /work/clouds.yaml:6 is no known key of `auth`',
    ],
    [
      'no URL',
      ci.replace('https://keystone.example.com:5000/v3', 'keystone'),
      '/work/clouds.yaml:4: `auth_url` is "keystone", and that is no http: or https: URL',
    ],
    [
      'an interface',
      `${ci}    interface: pubic\n`,
      '/work/clouds.yaml:11: `interface` is "pubic"; it is public, internal or admin',
    ],
    ['a flag', `${ci}    verify: maybe\n`, '/work/clouds.yaml:11: `verify` is "maybe"; it is true or false'],
    [
      'a CA file',
      `${ci}    cacert: ~/ca.pem\n`,
      '/work/clouds.yaml:11: `cacert` is "~/ca.pem", and there is no such file that can be read',
    ],
    [
      'a region',
      `${ci}    regions:\n      - one\n      - values: {}\n`,
      '/work/clouds.yaml:13: `regions`[1] is neither a name nor a mapping',
    ],
    [
      'a mapping for a text',
      ci.replace('region_name: RegionOne', 'region_name: {a: b}'),
      '/work/clouds.yaml:10: a text stands here',
    ],
  ])('%s', (_name, text, message) => {
    const error = errorOf(() => resolve(text))
    expect(error.code).toBe('bad-cloud')
    expect(error.message).toContain(message)
    expect(error.message).not.toContain('secret')
  })
})

describe('what else it says', () => {
  it('has regions as names or with what differs there; the first is the default', () => {
    const text = `${ci.replace('    region_name: RegionOne\n', '')}    regions:
      - one
      - name: two
        values:
          compute_endpoint_override: https://two.example.com/compute/v2.1
          auth:
            project_name: second
`
    expect(resolve(text).region).toBe('one')
    const two = resolve(text, { region: 'two' })
    expect(two.endpoints).toEqual({ compute: 'https://two.example.com/compute/v2.1' })
    expect(bodyOf(two)).toMatchObject({ auth: { scope: { project: { name: 'second' } } } })
    expect(errorOf(() => resolve(text, { region: 'three' })).message).toContain('its `regions` are one, two')
  })

  it('takes the first of an old list of region names, and another one by option', () => {
    const text = ci.replace('region_name: RegionOne', 'region_name: a,b')
    expect(resolve(text).region).toBe('a')
    expect(resolve(text, { region: 'c' }).region).toBe('c')
  })

  it('knows endpoint overrides and versions under every name of a service', () => {
    const text = `${ci}    volumev3_endpoint_override: http://v/v3
    load-balancer_endpoint_override: http://lb
    object_store_endpoint_override: http://swift/v1/AUTH_{project}
    project: 77
    volume_api_version: 2
`
    const cloud = resolve(text, { endpoints: { 'load-balancer': 'http://mine' } })
    expect(cloud.endpoints).toEqual({
      'block-storage': 'http://v/v3',
      'load-balancer': 'http://mine',
      'object-store': 'http://swift/v1/AUTH_77',
    })
    expect(cloud.majors['block-storage']).toEqual({ major: 2, at: '/work/clouds.yaml:15' })
  })

  it('takes endpoint_type for interface', () => {
    expect(resolve(`${ci}    endpoint_type: adminURL\n`).interface).toBe('admin')
  })

  it.each<[string, string, CloudOptions, unknown]>([
    ['nothing', '', {}, undefined],
    ['verify: true', '    verify: true\n', {}, undefined],
    ['verify: false', '    verify: no\n', {}, { verify: false }],
    ['insecure wins', '    verify: true\n    insecure: true\n    cacert: ca.pem\n', {}, { verify: false }],
    ['cacert', '    cacert: ca.pem\n', {}, { verify: true, ca: 'CA' }],
    ['cert and key', '    cert: ~/c.pem\n    key: k.pem\n', {}, { verify: true, cert: 'CERT', key: 'KEY' }],
    ['by option', '    verify: false\n', { verify: true, cacert: 'ca.pem' }, { verify: true, ca: 'CA' }],
  ])('trust: %s', (_name, lines, options, tls) => {
    const files = { '/work/clouds.yaml': ci + lines, 'ca.pem': 'CA', '/home/ci/c.pem': 'CERT', 'k.pem': 'KEY' }
    expect(resolveCloud(options, environment(files)).tls).toEqual(tls)
  })

  it('follows anchors and merge keys', () => {
    const text =
      'base: &base\n  region_name: R\n  auth: &auth {auth_url: "http://k", username: u, password: p}\nclouds:\n  a:\n    <<: *base\n    interface: admin\n'
    expect(resolve(text)).toMatchObject({ name: 'a', region: 'R', interface: 'admin', authUrl: 'http://k' })
  })

  it('reads JSON', () => {
    const json = JSON.stringify({
      clouds: { j: { auth: { auth_url: 'http://k', username: 'u', password: 'a/"b' }, verify: false } },
    })
    const cloud = resolveCloud({}, environment({ '/etc/openstack/clouds.json': json }))
    expect(cloud.tls).toEqual({ verify: false })
    expect(bodyOf(cloud)).toMatchObject({ auth: { identity: { password: { user: { password: 'a/"b' } } } } })
  })
})
