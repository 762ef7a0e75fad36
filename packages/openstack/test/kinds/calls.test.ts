import { partOf, ref } from '@cleardown/core'
import { describe, expect, test } from 'vitest'
import { failureOf } from '../../src/failures.ts'
import { factsOf, fakeOpenStack, fixture, kindOf, live, project, refusal } from './fake.ts'

const id = (end: number): string => `0a1b2c3d-0000-4000-8000-${String(end).padStart(12, '0')}`

/** All calls that remove the first row of each fixture. */
const removals: Readonly<Record<string, unknown[][]>> = {
  'application-credential': [['DELETE identity /users/u-1/application_credentials/ac0a1b2c3d4e5f60718293a4b5c6d7e8']],
  backup: [[`DELETE block-storage /backups/${id(91)}`]],
  container: [['DELETE object-store /r-77%20artefacts']],
  image: [[`DELETE image /images/${id(31)}`]],
  keypair: [['DELETE compute /os-keypairs/kubernetes-r-77']],
  listener: [[`DELETE load-balancer /lbaas/listeners/${id(51)}`]],
  'load-balancer': [[`DELETE load-balancer /lbaas/loadbalancers/${id(41)}`, { cascade: true }]],
  pool: [[`DELETE load-balancer /lbaas/pools/${id(61)}`]],
  'record-set': [[`DELETE dns /zones/${id(141)}/recordsets/${id(151)}`]],
  server: [[`DELETE compute /servers/${id(1)}`]],
  'server-group': [[`DELETE compute /os-server-groups/${id(81)}`]],
  share: [[`DELETE shared-file-system /shares/${id(131)}`]],
  'share-snapshot': [[`DELETE shared-file-system /snapshots/${id(161)}`]],
  'share-network': [[`DELETE shared-file-system /share-networks/${id(132)}`]],
  snapshot: [[`DELETE block-storage /snapshots/${id(21)}`]],
  stack: [[`DELETE orchestration /stacks/k8s-r77/${id(121)}`]],
  volume: [[`DELETE block-storage /volumes/${id(11)}`]],
  'volume-attachment': [[`DELETE compute /servers/${id(1)}/os-volume_attachments/${id(11)}`]],
  'volume-transfer': [[`DELETE block-storage /os-volume-transfer/${id(101)}`]],
  zone: [[`DELETE dns /zones/${id(141)}`]],
}

test.each(Object.entries(removals))('%s: its removal, call by call', async (name, calls) => {
  const fake = fakeOpenStack()
  await kindOf(name).remove?.(fake.io, live(factsOf(name)))
  expect(fake.calls).toEqual(calls)
})

test('a share of a group is removed by a call that names the group', async () => {
  const fake = fakeOpenStack()
  await kindOf('share').remove?.(fake.io, live(factsOf('share', 1)))
  expect(fake.calls).toEqual([[`DELETE shared-file-system /shares/${id(133)}`, { share_group_id: id(134) }]])
})

test('a refusal comes through as the service said it', async () => {
  const path = `/servers/${id(1)}`
  const fake = fakeOpenStack({
    [`DELETE compute ${path}`]: () => {
      throw refusal(409, 'compute', 'DELETE', path)
    },
  })
  await expect(kindOf('server').remove?.(fake.io, live(factsOf('server')))).rejects.toMatchObject({ status: 409 })
})

describe('an attachment', () => {
  const compute = `/servers/${id(1)}/os-volume_attachments/${id(11)}`
  const refused = (status: number) =>
    fakeOpenStack({
      [`DELETE compute ${compute}`]: () => {
        throw refusal(status, 'compute', 'DELETE', compute)
      },
    })

  test('that Compute does not know is taken away by Block Storage', async () => {
    const fake = refused(404)
    await kindOf('volume-attachment').remove?.(fake.io, live(factsOf('volume-attachment')))
    expect(fake.calls).toEqual([[`DELETE compute ${compute}`], [`DELETE block-storage /attachments/${id(111)}`]])
  })

  test('that Compute will not give up stays', async () => {
    const fake = refused(403)
    await expect(
      kindOf('volume-attachment').remove?.(fake.io, live(factsOf('volume-attachment'))),
    ).rejects.toMatchObject({ status: 403 })
    expect(fake.calls).toEqual([[`DELETE compute ${compute}`]])
  })

  test('without a server is no business of Compute', async () => {
    const fake = fakeOpenStack()
    await kindOf('volume-attachment').remove?.(fake.io, live(factsOf('volume-attachment', 3)))
    await kindOf('volume-attachment').restore?.(fake.io, factsOf('volume-attachment', 3))
    expect(fake.calls).toEqual([[`DELETE block-storage /attachments/${id(114)}`]])
  })

  test('is looked at through one listing of servers; only what that lacks is asked for by id', async () => {
    const bare = fixture('volume-attachment').map(({ server: _, ...row }) => row)
    const servers = [fixture('server')[0], fixture('server')[1]]
    const fake = fakeOpenStack({ 'GET compute /servers/detail': { servers } })
    const looked = await kindOf('volume-attachment').more?.(fake.io, bare)
    expect(looked).toEqual(fixture('volume-attachment'))
    expect(fake.calls).toEqual([['GET compute /servers/detail'], [`GET compute /servers/${id(9)}`]])
  })
})

describe('what can be taken back', () => {
  test('the lock of a server, with its reason', async () => {
    const { unprotect } = kindOf('server')
    const fake = fakeOpenStack()
    const facts = factsOf('server', 1)
    const before = unprotect?.before(facts, 'locked')
    expect(before).toEqual({ reason: 'in use by the release team' })
    await unprotect?.apply(fake.io, live(facts), 'locked')
    await unprotect?.undo(fake.io, live(facts), before ?? null)
    await unprotect?.undo(fake.io, live(facts), { reason: null })
    const action = `POST compute /servers/${id(2)}/action`
    expect(fake.calls).toEqual([
      [action, { unlock: null }],
      [action, { lock: { locked_reason: 'in use by the release team' } }],
      [action, { lock: null }],
    ])
    expect(unprotect?.before(factsOf('server'), 'locked')).toBeUndefined()
  })

  test('the protection of an image', async () => {
    const { unprotect } = kindOf('image')
    const fake = fakeOpenStack()
    const facts = factsOf('image', 1)
    expect(unprotect?.before(facts, 'protected')).toBe(true)
    expect(unprotect?.before(factsOf('image'), 'protected')).toBeUndefined()
    await unprotect?.apply(fake.io, live(facts), 'protected')
    await unprotect?.undo(fake.io, live(facts), true)
    expect(fake.calls).toEqual(
      [false, true].map((value) => [`PATCH image /images/${id(32)}`, [{ op: 'replace', path: '/protected', value }]]),
    )
  })

  test('an attachment that was cut', async () => {
    const fake = fakeOpenStack()
    await kindOf('volume-attachment').restore?.(fake.io, factsOf('volume-attachment'))
    expect(fake.calls).toEqual([
      [`POST compute /servers/${id(1)}/os-volume_attachments`, { volumeAttachment: { volumeId: id(11) } }],
    ])
  })

  test('one mark is taken off a load balancer, a cluster’s with all tags of its Services; another’s and a person’s stay', async () => {
    const fake = fakeOpenStack()
    await kindOf('load-balancer').unmark?.(fake.io, live(factsOf('load-balancer', 1)), 'kube_service/ci-1=shared')
    await kindOf('load-balancer').unmark?.(fake.io, live(factsOf('load-balancer', 3)), 'cleardown.run=r-77')
    expect(fake.calls).toEqual([
      [
        `PUT load-balancer /lbaas/loadbalancers/${id(42)}`,
        { loadbalancer: { tags: ['kube_service_ci-10_default_api', 'team=web'] } },
      ],
      [`PUT load-balancer /lbaas/loadbalancers/${id(44)}`, { loadbalancer: { tags: [] } }],
    ])
  })
})

/** Where each kind lists, with the filter that is sent, and how a row of another project says so. */
const listings: readonly (readonly [
  name: string,
  call: string,
  query: object | undefined,
  field: string,
  foreign: object | undefined,
])[] = [
  ['server', 'GET compute /servers/detail', undefined, 'servers', { tenant_id: 'x' }],
  ['server-group', 'GET compute /os-server-groups', undefined, 'server_groups', { project_id: 'x' }],
  ['image', 'GET image /images', { owner: project }, 'images', { owner: 'x' }],
  [
    'load-balancer',
    'GET load-balancer /lbaas/loadbalancers',
    { project_id: project },
    'loadbalancers',
    { project_id: 'x' },
  ],
  ['listener', 'GET load-balancer /lbaas/listeners', { project_id: project }, 'listeners', { project_id: 'x' }],
  ['pool', 'GET load-balancer /lbaas/pools', { project_id: project }, 'pools', { project_id: 'x' }],
  ['volume', 'GET block-storage /volumes/detail', undefined, 'volumes', { 'os-vol-tenant-attr:tenant_id': 'x' }],
  [
    'snapshot',
    'GET block-storage /snapshots/detail',
    undefined,
    'snapshots',
    { 'os-extended-snapshot-attributes:project_id': 'x' },
  ],
  ['backup', 'GET block-storage /backups/detail', undefined, 'backups', { 'os-backup-project-attr:project_id': 'x' }],
  ['volume-attachment', 'GET block-storage /attachments/detail', undefined, 'attachments', undefined],
  ['volume-transfer', 'GET block-storage /os-volume-transfer/detail', undefined, 'transfers', undefined],
  ['stack', 'GET orchestration /stacks', undefined, 'stacks', { project: 'x' }],
  ['share', 'GET shared-file-system /shares/detail', undefined, 'shares', { project_id: 'x' }],
  ['share-snapshot', 'GET shared-file-system /snapshots/detail', undefined, 'snapshots', { project_id: 'x' }],
  ['share-network', 'GET shared-file-system /share-networks/detail', undefined, 'share_networks', { project_id: 'x' }],
  ['zone', 'GET dns /zones', undefined, 'zones', { project_id: 'x' }],
  ['record-set', 'GET dns /recordsets', undefined, 'recordsets', { project_id: 'x' }],
  [
    'application-credential',
    'GET identity /users/u-1/application_credentials',
    undefined,
    'application_credentials',
    { project_id: 'x' },
  ],
]

describe.each(listings)('%s', (name, call, query, field, foreign) => {
  const rows = fixture(name)
  const ids = rows.map((row) => kindOf(name).facts(row).id)
  const listing = foreign ? [...rows, { ...rows[0], ...foreign, id: 'foreign' }] : rows
  const answers = {
    'GET load-balancer /lbaas/loadbalancers': { loadbalancers: fixture('load-balancer') },
    'GET dns /zones': { zones: fixture('zone') },
    [call]: (asked: { os_hidden?: unknown }): object => ({ [field]: asked.os_hidden ? [] : listing }),
  }
  const listings = /^(image|listener|pool|record-set)$/.test(name) ? 2 : 1

  test('lists what is the project’s own, by filter and by each row', async () => {
    const fake = fakeOpenStack(answers)
    const found = await Array.fromAsync(kindOf(name).find.all(fake.io))
    expect(found.map((row) => kindOf(name).facts(row).id)).toEqual(ids)
    expect(fake.calls[0]).toEqual(query ? [call, query] : [call])
  })

  test('finds some by id in one listing, and leaves absent ones out', async () => {
    const fake = fakeOpenStack(answers)
    const wanted = [ids.at(-1) ?? '', 'absent']
    const found = await Array.fromAsync(kindOf(name).find.ids?.(fake.io, wanted) ?? [])
    expect(found.map((row) => kindOf(name).facts(row).id)).toEqual([ids.at(-1)])
    expect(fake.calls.length).toBe(listings)
  })
})

test.each([
  ['listener', 'load-balancer'],
  ['pool', 'load-balancer'],
  ['record-set', 'zone'],
])('%s: one with a mark that its holder lacks stands apart', async (name, holder) => {
  const bare = fixture(name).map(({ apart: _, ...row }) => row)
  const fake = fakeOpenStack({
    'GET load-balancer /lbaas/loadbalancers': { loadbalancers: fixture('load-balancer') },
    'GET load-balancer /lbaas/listeners': { listeners: bare },
    'GET load-balancer /lbaas/pools': { pools: bare },
    'GET dns /zones': { zones: fixture('zone') },
    'GET dns /recordsets': { recordsets: bare },
  })
  expect(await Array.fromAsync(kindOf(name).find.all(fake.io))).toEqual(fixture(name))
  expect(fixture(name).map(({ apart }) => apart)).toContain(true)
  expect(kindOf(name).facts({ ...fixture(name)[0], apart: false }).relations).toContainEqual(
    partOf(ref(`openstack:${holder}`, holder === 'zone' ? id(141) : id(42)), expect.any(String), true),
  )
})

test('hidden images are asked for as well', async () => {
  const [shown, hidden] = fixture('image')
  const fake = fakeOpenStack({
    'GET image /images': ({ os_hidden }: { os_hidden?: unknown }) => ({ images: [os_hidden ? hidden : shown] }),
  })
  const found = await Array.fromAsync(kindOf('image').find.all(fake.io))
  expect(found).toEqual([shown, hidden])
})

test('container: found by name, all, some or one', async () => {
  const rows = fixture('container')
  const [first] = rows
  const fake = fakeOpenStack({ 'GET object-store /': rows })
  const { find, read } = kindOf('container')
  const wanted = String(first?.['name'])
  expect(await Array.fromAsync(find.all(fake.io))).toEqual(rows)
  expect(await Array.fromAsync(find.ids?.(fake.io, [wanted, 'absent']) ?? [])).toEqual([first])
  expect(await read?.(fake.io, wanted)).toEqual(first)
  expect(await read?.(fake.io, 'absent')).toBeUndefined()
})

describe('keypairs', () => {
  const user = String(fixture('keypair')[0]?.['user'])
  const rows = fixture('keypair').map(({ user: _, madeWith: __, ...row }) => row)
  const [made, persons] = rows
  const server = fixture('server')[0] ?? {}
  const { find, read } = kindOf('keypair')
  const fakeWith = (...servers: object[]) =>
    fakeOpenStack(
      {
        'GET compute /os-keypairs': { keypairs: rows.map((keypair) => ({ keypair })) },
        'GET compute /os-keypairs/kubernetes-r-77': { keypair: made ?? {} },
        'GET compute /servers/detail': { servers },
      },
      { user },
    )

  test('are found by name, all, some or one', async () => {
    const { io } = fakeWith(server)
    const name = String(made?.['name'])
    expect(await Array.fromAsync(find.all(io))).toEqual([
      { ...made, user, madeWith: [server['id']] },
      { ...persons, user, madeWith: [] },
    ])
    expect(await Array.fromAsync(find.ids?.(io, [name, 'absent']) ?? [])).toEqual([{ ...made, user }])
    expect(await read?.(io, name)).toEqual({ ...made, user })
    expect(await read?.(io, 'absent')).toBeUndefined()
  })

  const { kubespray_groups: _, ...others } = server['metadata'] as Record<string, string>
  test.each([
    ['by what Kubespray writes on servers', {}, true],
    ['by the cluster in the server’s name', { metadata: others, name: 'r-77-k8s-node-1' }, true],
    ['not by a server of another user', { user_id: 'another' }, false],
    ['not by a server with another key', { key_name: 'another' }, false],
    ['not by a server that says nothing of Kubespray', { metadata: others }, false],
    ['not by a server of another cluster', { metadata: others, name: 'r-770-k8s-node-1' }, false],
  ])('are tied to servers %s', async (_, change, tied) => {
    const [one] = await Array.fromAsync(find.all(fakeWith({ ...server, ...change }).io))
    expect(kindOf('keypair').facts(one).evidence?.length).toBe(tied ? 1 : 0)
  })

  test('a person’s is never tied to a server, and servers are not listed for it', async () => {
    const fake = fakeOpenStack({ 'GET compute /os-keypairs': { keypairs: [{ keypair: persons }] } }, { user })
    const [one] = await Array.fromAsync(find.all(fake.io))
    expect(kindOf('keypair').facts(one).evidence).toEqual([])
    expect(fake.calls).toEqual([['GET compute /os-keypairs']])
  })

  test('one of another user is told by the server that was started with it', async () => {
    const { io } = fakeWith({ ...server, user_id: 'another' }, server)
    const seen = await Array.fromAsync(kindOf('server').find.all(io))
    const [theirs, ours] = seen.map((row) => kindOf('server').facts(row).hidden)
    expect(theirs).toEqual([expect.stringContaining('kubernetes-r-77 of user another')])
    expect(ours).toBeUndefined()
  })
})

/** Answers to the read of one by id: where it is asked for, and in which wrapping. */
test.each([
  ['server', `GET compute /servers/${id(1)}`, 'server'],
  ['server-group', `GET compute /os-server-groups/${id(81)}`, 'server_group'],
  ['image', `GET image /images/${id(31)}`, ''],
  ['load-balancer', `GET load-balancer /lbaas/loadbalancers/${id(41)}`, 'loadbalancer'],
  ['listener', `GET load-balancer /lbaas/listeners/${id(51)}`, 'listener'],
  ['pool', `GET load-balancer /lbaas/pools/${id(61)}`, 'pool'],
  ['volume', `GET block-storage /volumes/${id(11)}`, 'volume'],
  ['snapshot', `GET block-storage /snapshots/${id(21)}`, 'snapshot'],
  ['backup', `GET block-storage /backups/${id(91)}`, 'backup'],
  ['volume-attachment', `GET block-storage /attachments/${id(111)}`, 'attachment'],
  ['volume-transfer', `GET block-storage /os-volume-transfer/${id(101)}`, 'transfer'],
  ['share', `GET shared-file-system /shares/${id(131)}`, 'share'],
  ['share-snapshot', `GET shared-file-system /snapshots/${id(161)}`, 'snapshot'],
  ['share-network', `GET shared-file-system /share-networks/${id(132)}`, 'share_network'],
  ['zone', `GET dns /zones/${id(141)}`, ''],
  ['record-set', `GET dns /zones/${id(141)}/recordsets/${id(151)}`, ''],
  [
    'application-credential',
    'GET identity /users/u-1/application_credentials/ac0a1b2c3d4e5f60718293a4b5c6d7e8',
    'application_credential',
  ],
])('%s: one is read by its id, and its absence is an answer', async (name, call, field) => {
  const [row] = fixture(name)
  const facts = kindOf(name).facts(row)
  const there = fakeOpenStack({ [call]: field ? { [field]: row } : (row ?? {}) })
  expect(kindOf(name).facts(await kindOf(name).read?.(there.io, facts.id))).toMatchObject({
    id: facts.id,
    phase: facts.phase,
  })
  const gone = fakeOpenStack()
  expect(await kindOf(name).read?.(gone.io, facts.id)).toBeUndefined()
  expect(gone.calls).toEqual([[call]])
})

test('the port of a load balancer that was there before it is told from one that Octavia made', async () => {
  const [made, given] = [fixture('load-balancer')[0], { ...fixture('load-balancer')[1], vip_port_id: id(79) }]
  const ports = [
    { id: id(73), device_owner: 'Octavia', project_id: project },
    { id: id(79), device_owner: '', project_id: project },
  ]
  const fake = fakeOpenStack({ 'GET network /ports': { ports } })
  const looked = await kindOf('load-balancer').more?.(fake.io, [made, given])
  expect(looked?.map(({ givenPort }) => givenPort)).toEqual([false, true])
  expect(fake.calls).toEqual([['GET network /ports', { project_id: project, id: [id(73), id(79)] }]])
})

test('who uses a given port, and whose member something is, is found before it is looked into', async () => {
  const fake = fakeOpenStack({
    'GET load-balancer /lbaas/loadbalancers': { loadbalancers: fixture('load-balancer') },
    'GET orchestration /stacks': { stacks: fixture('stack') },
  })
  const [balancer, stack] = [kindOf('load-balancer'), kindOf('stack')]
  expect(balancer.late).toEqual(['openstack:port'])
  const found = balancer.find.using?.['openstack:port']?.(fake.io, [id(73)]) ?? []
  expect((await Array.fromAsync(found)).length).toBe(4)
  expect(await Array.fromAsync(balancer.find.using?.['openstack:port']?.(fake.io, ['another']) ?? [])).toEqual([])
  for (const kind of stack.late ?? [])
    expect(await Array.fromAsync(stack.find.using?.[kind]?.(fake.io, ['any']) ?? [])).toEqual(fixture('stack'))
  expect(stack.late).toContain('openstack:server')
})

test('an incremental backup builds on the newest of the same volume that is older and has dependents', async () => {
  const bare = fixture('backup').map(({ parent: _, ...row }) => row)
  const elsewhere = { ...bare[1], id: 'elsewhere', volume_id: 'other', data_timestamp: '2026-05-05T12:00:00.000000' }
  const fake = fakeOpenStack({
    'GET block-storage /backups/detail': { backups: [bare[2], elsewhere, bare[0], bare[1]] },
  })
  const found = await Array.fromAsync(kindOf('backup').find.all(fake.io))
  expect(found.map(({ id: own, parent }) => [own, parent])).toEqual([
    [id(93), id(92)],
    ['elsewhere', undefined],
    [id(91), undefined],
    [id(92), id(91)],
  ])
})

test('a subzone names the nearest zone above it, at the boundary of a label', async () => {
  const zones = ['org.', 'example.org.', 'a.b.example.org.', 'notexample.org.'].map((name) => ({
    id: name,
    name,
    status: 'ACTIVE',
  }))
  const fake = fakeOpenStack({ 'GET dns /zones': { zones } })
  const found = await Array.fromAsync(kindOf('zone').find.all(fake.io))
  expect(found.map(({ parent }) => parent)).toEqual([undefined, 'org.', 'example.org.', 'org.'])
})

test('of application credentials the one in use is known, also when one is read', async () => {
  const [other, own] = fixture('application-credential').map(({ inUse: _, ...row }) => row)
  const path = 'GET identity /users/u-1/application_credentials'
  const fake = fakeOpenStack(
    {
      [path]: { application_credentials: [other, own] },
      [`${path}/${own?.['id']}`]: { application_credential: own ?? {} },
    },
    { applicationCredential: String(own?.['id']) },
  )
  const { find, read, facts } = kindOf('application-credential')
  const found = await Array.fromAsync(find.all(fake.io))
  expect(found.map((row) => facts(row).fixed !== undefined)).toEqual([false, true])
  expect(facts(await read?.(fake.io, String(own?.['id']))).fixed).toBeDefined()
})

describe('a stack', () => {
  const at = `/stacks/k8s-r77/${id(121)}`
  const nested = `/stacks/k8s-r77-nodes/${id(122)}`
  const { members, retained: _, ...bare } = fixture('stack')[0] as Readonly<Record<string, unknown>>
  const answers = {
    [`GET orchestration ${at}/resources`]: { resources: members },
    [`GET orchestration ${at}/template`]: {
      heat_template_version: '2018-08-31',
      resources: {
        net: { external_id: 'n' },
        archive: { deletion_policy: 'Retain' },
        '0': { deletion_policy: 'retain' },
      },
    },
  }
  const look = async (files: object, more: object = {}) => {
    const fake = fakeOpenStack({ ...answers, [`GET orchestration ${at}/files`]: files, ...more })
    const [looked] = (await kindOf('stack').more?.(fake.io, [bare])) ?? []
    return { retained: looked?.retained, calls: fake.calls.map(([call]) => call) }
  }

  test('is looked into with three calls, whatever is nested in it', async () => {
    expect(await look({ 'file:///nodes.yaml': 'resources: {}' })).toEqual({
      retained: ['net', 'archive'],
      calls: [`GET orchestration ${at}/resources`, `GET orchestration ${at}/template`, `GET orchestration ${at}/files`],
    })
  })

  test('has its nested templates read where one of them retains something', async () => {
    const more = { [`GET orchestration ${nested}/template`]: { Resources: { '0': { DeletionPolicy: 'Retain' } } } }
    const { retained, calls } = await look({ 'file:///nodes.yaml': 'deletion_policy: retain' }, more)
    expect(retained).toEqual(['net', 'archive', 'nodes.0'])
    expect(calls.at(-1)).toBe(`GET orchestration ${nested}/template`)
  })

  test('that is gone before the look stays as it was listed', async () => {
    const fake = fakeOpenStack()
    expect(await kindOf('stack').more?.(fake.io, [bare])).toEqual([bare])
  })

  test('is read by a filter: by its id alone the service would send us elsewhere', async () => {
    const fake = fakeOpenStack({
      'GET orchestration /stacks': ({ id: asked }) => ({ stacks: asked === id(121) ? [bare] : [] }),
    })
    expect(await kindOf('stack').read?.(fake.io, id(121))).toEqual(bare)
    expect(await kindOf('stack').read?.(fake.io, 'absent')).toBeUndefined()
  })

  test('of Magnum says in a parameter which cluster it is; others are not asked', async () => {
    const magnum = { id: id(123), stack_name: 'ci-1-abcdefghijkl', stack_status: 'CREATE_COMPLETE' }
    const call = `GET orchestration /stacks/ci-1-abcdefghijkl/${id(123)}`
    const fake = fakeOpenStack({ [call]: { stack: { ...magnum, parameters: { cluster_uuid: id(124) } } } })
    const labelled = await kindOf('stack').labels?.(fake.io, [bare, magnum])
    expect(labelled?.map((raw) => kindOf('stack').facts(raw).tags?.['magnum.cluster'])).toEqual([undefined, id(124)])
    expect(fake.calls).toEqual([[call, { resolve_outputs: false }]])
  })

  test('is never deleted in part: Heat has no word for it', async () => {
    const fake = fakeOpenStack()
    const error: unknown = await Promise.resolve(
      kindOf('stack').remove?.(fake.io, live(factsOf('stack')), { except: [id(11)] }),
    ).catch((thrown: unknown) => thrown)
    expect(failureOf(error)).toMatchObject({ code: 'unsupported', message: expect.stringContaining(id(11)) })
    expect(fake.calls).toEqual([])
  })
})
