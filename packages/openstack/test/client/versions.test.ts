import { describe, expect, it } from 'vitest'
import { HttpError, type Service, ServiceMissingError } from '../../src/client.ts'
import { readVersions, splitEndpoint } from '../../src/versions.ts'
import { connect, errorOf } from './connect.ts'
import { isLogin, type Reply, row } from './play.ts'

describe('an endpoint is taken apart', () => {
  it.each([
    ['https://c/compute/v2.1', 'https://c/compute', 'v2.1', undefined],
    ['https://c/compute/v2.1/', 'https://c/compute', 'v2.1', undefined],
    ['https://c:8776/v3/4f1e', 'https://c:8776', 'v3', '4f1e'],
    ['https://c:9696', 'https://c:9696', undefined, undefined],
    ['https://c:9696/', 'https://c:9696', undefined, undefined],
    ['https://v3.c/identity', 'https://v3.c/identity', undefined, undefined],
    ['https://c/swift/v1/AUTH_p1', 'https://c/swift', 'v1', 'AUTH_p1'],
  ])('%s', (url, root, segment, project) => {
    expect(splitEndpoint(url)).toEqual({ root, ...(segment ? { segment } : {}), ...(project ? { project } : {}) })
  })
})

const self = (href: string): unknown => [{ rel: 'self', href }]
/** Documents as the services write them. The hosts in their links are those behind a proxy. */
const documents = {
  nova: {
    versions: [
      { id: 'v2.0', status: 'SUPPORTED', version: '', min_version: '', links: self('http://in:8774/v2/') },
      { id: 'v2.1', status: 'CURRENT', version: '2.103', min_version: '2.1', links: self('http://in:8774/v2.1/') },
    ],
  },
  novaAlone: {
    version: { id: 'v2.1', status: 'CURRENT', version: '2.79', min_version: '2.1', links: self('http://in/v2.1/') },
  },
  cinder: {
    versions: [{ id: 'v3.0', status: 'CURRENT', version: '3.71', min_version: '3.0', links: self('http://in/v3/') }],
  },
  neutron: { versions: [{ id: 'v2.0', status: 'CURRENT', links: self('http://in/v2.0/') }] },
  octavia: {
    versions: [
      { id: 'v2.9', status: 'SUPPORTED', links: self('http://in/v2') },
      { id: 'v2.27', status: 'CURRENT', links: self('http://in/v2') },
      { id: 'v2.10', status: 'SUPPORTED', links: self('http://in/v2') },
    ],
  },
  keystone: { versions: { values: [{ id: 'v3.14', status: 'stable', links: self('http://in/v3/') }] } },
  placement: {
    versions: [{ id: 'v1.0', max_version: '1.39', min_version: '1.0', status: 'CURRENT', links: self('') }],
  },
}

describe('a document', () => {
  it.each([
    ['a list of containers', []],
    ['a text', 'hello'],
    ['no versions', { resources: [] }],
    ['versions without numbers', { versions: [{ id: 'latest' }, null] }],
  ])('that is %s is none', (_what, body) => {
    expect(readVersions(body)).toBeUndefined()
  })
})

/** A cloud of one service at `at`, whose documents stand at the given paths; every other path is a row. */
const cloudOf = (type: string, at: string, replies: Readonly<Record<string, Reply>>, more: object = {}) =>
  connect((asked) => (isLogin(asked) ? undefined : (replies[asked.path] ?? { body: { ok: true } })), {
    catalogue: (url) => [row(type, url + at)],
    ...more,
  })

const refused: Reply = { status: 403, body: 'no' }

describe('where paths lie, and which microversion is asked for', () => {
  it.each<[string, Service, string, string, Record<string, Reply>, string, string | undefined]>([
    [
      'Nova, versioned',
      'compute',
      'compute',
      '/c/v2.1',
      { '/c/v2.1/': { body: documents.novaAlone } },
      '/c/v2.1/x',
      'compute 2.79',
    ],
    [
      'Nova with the project in its URL',
      'compute',
      'compute',
      '/c/v2.1/p1',
      { '/c/v2.1/': { body: documents.novaAlone } },
      '/c/v2.1/p1/x',
      'compute 2.79',
    ],
    [
      'Nova, unversioned, newer than we know',
      'compute',
      'compute',
      '/c',
      { '/c/': { body: documents.nova } },
      '/c/v2.1/x',
      'compute 2.96',
    ],
    [
      'Nova under its old API',
      'compute',
      'compute',
      '/c/v2/p1',
      { '/c/': { body: documents.nova } },
      '/c/v2.1/x',
      'compute 2.96',
    ],
    [
      'Nova, whose documents are denied',
      'compute',
      'compute',
      '/c/v2.1',
      { '/c/v2.1/': refused, '/c/': refused },
      '/c/v2.1/x',
      undefined,
    ],
    ['Nova, unversioned and denied', 'compute', 'compute', '/c', { '/c/': refused }, '/c/v2.1/x', undefined],
    [
      'Cinder with the project in its URL',
      'block-storage',
      'volumev3',
      '/v/v3/p1',
      { '/v/v3/': { status: 300, body: documents.cinder } },
      '/v/v3/p1/x',
      'volume 3.71',
    ],
    [
      'Cinder, whose versioned document is a page',
      'block-storage',
      'volumev3',
      '/v/v3/p1',
      { '/v/v3/': { body: '<html>' }, '/v/': { body: documents.cinder } },
      '/v/v3/p1/x',
      'volume 3.71',
    ],
    [
      'Cinder without the project',
      'block-storage',
      'block-storage',
      '/v/v3',
      { '/v/v3/': { body: documents.cinder } },
      '/v/v3/p1/x',
      'volume 3.71',
    ],
    [
      'Neutron, unversioned',
      'network',
      'network',
      '/n',
      { '/n/': { body: documents.neutron } },
      '/n/v2.0/x',
      undefined,
    ],
    ['Neutron, versioned: nothing is asked', 'network', 'network', '/n/v2.0', {}, '/n/v2.0/x', undefined],
    [
      'Octavia, unversioned',
      'load-balancer',
      'load-balancer',
      '/lb',
      { '/lb/': { body: documents.octavia } },
      '/lb/v2/x',
      undefined,
    ],
    [
      'Keystone',
      'identity',
      'identity',
      '/identity',
      { '/identity/': { status: 300, body: documents.keystone } },
      '/identity/v3/x',
      undefined,
    ],
    [
      'Placement at its root',
      'placement',
      'placement',
      '/placement',
      { '/placement/': { body: documents.placement } },
      '/placement/x',
      'placement 1.39',
    ],
    ['Swift as it is', 'object-store', 'object-store', '/swift/v1/AUTH_p1', {}, '/swift/v1/AUTH_p1/x', undefined],
    ['Heat', 'orchestration', 'orchestration', '/heat/v1/p1', {}, '/heat/v1/p1/x', undefined],
  ])('%s', async (_name, service, type, at, replies, path, version) => {
    const { connected, played, way } = await cloudOf(type, at, replies)
    await Promise.all([connected.client.get(way, service, '/x'), connected.client.get(way, service, '/x', { a: 1 })])
    const asked = played.asked.filter((one) => one.path.endsWith('/x'))
    expect(asked.map((one) => one.path)).toEqual([path, path])
    expect(asked[0]?.headers['openstack-api-version']).toBe(version)
    const documentsRead = played.asked.filter((one) => !isLogin(one) && !one.path.endsWith('/x')).map((one) => one.path)
    expect(documentsRead).toEqual(Object.keys(replies))
  })

  it('goes with the old headers of Nova and Manila too', async () => {
    const { connected, played, way } = await cloudOf('compute', '/c/v2.1', {
      '/c/v2.1/': { body: documents.novaAlone },
    })
    await connected.client.get(way, 'compute', '/x')
    expect(played.asked.at(-1)?.headers['x-openstack-nova-api-version']).toBe('2.79')
    const manila = { versions: [{ id: 'v2.0', version: '2.65', links: self('http://in/v2/') }] }
    const share = await cloudOf('sharev2', '/m/v2/p1', { '/m/v2/': { body: manila } })
    await share.connected.client.get(share.way, 'shared-file-system', '/x')
    expect(share.played.asked.at(-1)?.headers['x-openstack-manila-api-version']).toBe('2.65')
  })

  it('is an error while the service does not answer, and found out as soon as it does', async () => {
    let up = false
    const { connected, way } = await connect(
      (asked) => {
        if (isLogin(asked)) return undefined
        return up ? { body: documents.novaAlone } : { status: 503, body: 'busy' }
      },
      { catalogue: (url) => [row('compute', `${url}/c/v2.1`)] },
    )
    expect(await errorOf(connected.client.get(way, 'compute', '/x'), HttpError)).toMatchObject({
      status: 503,
      path: '/',
    })
    up = true
    expect(await connected.client.version(way, 'compute')).toEqual([2, 79])
  })

  it('is a missing service where none is ours', async () => {
    const { connected, way } = await cloudOf('network', '/n', { '/n/': { body: { versions: [{ id: 'v3.0' }] } } })
    const error = await errorOf(connected.client.get(way, 'network', '/x'), ServiceMissingError)
    expect(error).toMatchObject({ what: 'version 2', message: 'network offers no version 2, only 3.0' })
  })

  it('is a missing service where the configuration asks for another version', async () => {
    const { connected, way } = await connect(() => undefined, {
      cloud: 'old',
      files: { '/clouds.yaml': 'clouds:\n  old:\n    volume_api_version: 2\n' },
    })
    const error = await errorOf(connected.client.get(way, 'block-storage', '/x'), ServiceMissingError)
    expect(error.message).toBe(
      '/clouds.yaml:3 asks for version 2 of block-storage in cloud "old", and this client speaks version 3 only',
    )
  })
})

describe('the highest version', () => {
  it.each<[string, Service, string, string, Record<string, Reply>, readonly number[] | undefined]>([
    [
      'of Octavia, by number and not by text',
      'load-balancer',
      'load-balancer',
      '/lb/v2',
      { '/lb/': { body: documents.octavia } },
      [2, 27],
    ],
    ['of Nova, also above what we ask for', 'compute', 'compute', '/c', { '/c/': { body: documents.nova } }, [2, 103]],
    ['of Keystone', 'identity', 'identity', '/i/v3', { '/i/': { status: 300, body: documents.keystone } }, [3, 14]],
    ['is not known where documents are denied', 'image', 'image', '/g', { '/g/': refused }, undefined],
  ])('%s', async (_name, service, type, at, replies, version) => {
    const { connected, played, way } = await cloudOf(type, at, replies)
    expect(await connected.client.version(way, service)).toEqual(version)
    expect(await connected.client.version(way, service)).toEqual(version)
    expect(played.asked.filter((one) => !isLogin(one))).toHaveLength(1)
  })
})
