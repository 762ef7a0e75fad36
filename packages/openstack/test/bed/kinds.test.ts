import type { Facts, Io, Kind } from '@cleardown/core'
import { type Json, newProject, type Staging, staging } from '@cleardown/testbed-openstack'
import { sharedOpenStackBed } from '@cleardown/testbed-openstack/shared-bed'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import { connectOpenStack } from '../../src/authenticate.ts'
import type { OpenStack } from '../../src/client.ts'
import { kinds } from '../../src/kinds/index.ts'

const run = 'r-77'
const mark = `cleardown.run=${run}`
const metadata = { 'cleardown.run': run }

const bed = await sharedOpenStackBed()
const client = await newProject(bed, 'kinds')
const make: Staging = await staging(client)
let io: Io<OpenStack>
let network: Json
let subnet: Json

function kindOf(word: string): Kind<OpenStack> {
  const kind = kinds.find((one) => one.name === `openstack:${word}`)
  if (!kind) throw new Error(`there is no kind ${word}`)
  return kind
}

/** Facts of the one with this id, out of the whole listing. */
async function listed(word: string, id: string): Promise<Facts | undefined> {
  const kind = kindOf(word)
  for await (const raw of kind.find.all(io)) {
    const facts = kind.facts(raw)
    if (facts.id === id) return facts
  }
  return undefined
}

/** Facts of the one with this id, out of the listing for what is in play. */
async function looked(word: string, id: string): Promise<Facts> {
  const kind = kindOf(word)
  const [raw] = await Array.fromAsync(kind.find.ids?.(io, [id]) ?? [])
  const [labelled] = (await kind.labels?.(io, [raw])) ?? [raw]
  const [closer] = (await kind.more?.(io, [labelled])) ?? [labelled]
  return kind.facts(closer)
}

const waiting = { timeout: 60_000, interval: 300 }

async function settled(word: string, id: string): Promise<Facts> {
  const kind = kindOf(word)
  return vi.waitFor(async () => {
    const facts = kind.facts(await kind.read?.(io, id))
    expect(['changing', 'going']).not.toContain(facts.phase)
    return facts
  }, waiting)
}

async function removed(word: string, id: string): Promise<void> {
  const kind = kindOf(word)
  const facts = await settled(word, id)
  await kind.remove?.(io, { ...facts, key: id })
  await vi.waitFor(async () => {
    const raw = await kind.read?.(io, id)
    expect(raw === undefined ? 'gone' : kind.facts(raw).phase).toBe('gone')
  }, waiting)
  // Nova still lists a server for a moment, as DELETED
  expect((await listed(word, id))?.phase ?? 'gone').toBe('gone')
}

beforeAll(async () => {
  const { user, password, project } = client.account
  const { client: ours, region } = await connectOpenStack({
    auth: {
      auth_url: bed.authUrl,
      username: user,
      password,
      project_name: project,
      user_domain_id: 'default',
      project_domain_id: 'default',
    },
  })
  const { signal } = new AbortController()
  io = { client: ours, place: region, signal, now: Date.now, request: (_, send) => send(signal) }
  network = await make.network('net')
  subnet = await make.subnet('subnet', network)
})

const active = (id: string): Promise<Json> =>
  client.until('octavia', `/loadbalancers/${id}`, 'loadbalancer', 'provisioning_status', 'ACTIVE')

const refused = async (word: string, id: string, status: number): Promise<void> => {
  const kind = kindOf(word)
  const facts = kind.facts(await kind.read?.(io, id))
  await expect(kind.remove?.(io, { ...facts, key: id })).rejects.toMatchObject({ status })
}

describe('on the real services', () => {
  test('a server, its group and its key', async () => {
    const keypair = await make.keypair('key')
    const group = await make.serverGroup('group')
    const { id } = await make.server('server', { network, keypair, group, metadata })

    expect(await listed('server', id)).toMatchObject({
      name: 'server',
      account: io.client.project,
      phase: 'steady',
      state: 'ACTIVE',
      tags: metadata,
      protections: [],
    })
    const { relations } = await looked('server-group', group.id)
    expect(relations).toMatchObject([{ type: 'dependsOn', from: { id }, because: 'members' }])
    expect((await looked('server', id)).relations).toContainEqual(
      expect.objectContaining({ to: { alias: `keypair:${io.client.user}/key` } }),
    )
    expect(await listed('keypair', 'key')).toMatchObject({ name: 'key', phase: 'steady' })

    await removed('server', id)
    await removed('server-group', group.id)
    await removed('keypair', 'key')
  })

  test('a lock holds a server until it is lifted, and is put back with its reason', async () => {
    const { id } = await make.server('locked', { network })
    await client.call('POST', 'nova', `/servers/${id}/action`, { lock: { locked_reason: 'a person looks at it' } })
    const kind = kindOf('server')
    const locked = await settled('server', id)
    expect(locked.protections).toMatchObject([{ id: 'locked', liftable: true, says: 'locked: a person looks at it' }])
    await refused('server', id, 409)

    const before = kind.unprotect?.before(locked, 'locked') ?? null
    await kind.unprotect?.apply(io, { ...locked, key: id }, 'locked')
    expect((await settled('server', id)).protections).toEqual([])
    await kind.unprotect?.undo(io, { ...locked, key: id }, before)
    expect(await settled('server', id)).toMatchObject({ protections: locked.protections })
    await kind.unprotect?.apply(io, { ...locked, key: id }, 'locked')
    await removed('server', id)
  })

  test('a server that is in ERROR goes like any other', async () => {
    await bed.fault('nova', 'spawn_error', 'broken*')
    const { id } = await make.server('broken', { network, status: 'ERROR' })
    await bed.clearFaults()
    expect(await looked('server', id)).toMatchObject({
      phase: 'steady',
      state: 'ERROR',
      data: { reason: expect.stringMatching(/./) },
    })
    await removed('server', id)
  })

  test('an image, protected and hidden', async () => {
    const { id } = await make.image('image', { protected: true, os_hidden: true, tags: [mark], os_distro: 'fedora' })
    const facts = await listed('image', id)
    expect(facts).toMatchObject({
      state: 'active',
      tags: { ...metadata, os_distro: 'fedora' },
      protections: [{ id: 'protected' }],
    })
    await refused('image', id, 403)
    await kindOf('image').unprotect?.apply(io, { ...(facts as Facts), key: id }, 'protected')
    await removed('image', id)
  })

  test('a volume, its attachment, snapshot and offer', async () => {
    const server = await make.server('attached', { network })
    const volume = await make.volume('data', { metadata })
    const { id } = volume
    await make.attach(server, volume)
    expect(await listed('volume', id)).toMatchObject({ state: 'in-use', phase: 'steady', tags: metadata })
    const attachments = await Array.fromAsync(kindOf('volume-attachment').find.all(io))
    const attachment = attachments.find((one) => one.volume_id === id)
    expect(await looked('volume-attachment', attachment.id)).toMatchObject({
      state: 'attached',
      relations: [
        { type: 'dependsOn', to: { alias: `volume:${id}` } },
        { type: 'partOf', to: { id: server.id }, alone: true },
      ],
      evidence: [],
    })
    await removed('volume-attachment', attachment.id)
    await settled('volume', id)
    await kindOf('volume-attachment').restore?.(io, kindOf('volume-attachment').facts(attachment))
    await client.until('cinder', `/volumes/${id}`, 'volume', 'status', 'in-use')
    await removed('server', server.id)

    const snapshot = await make.snapshot('snap', volume, { metadata })
    expect(await settled('snapshot', snapshot.id)).toMatchObject({ state: 'available', tags: metadata })
    await refused('volume', id, 400)
    await removed('snapshot', snapshot.id)

    const offer = await client.make('cinder', '/os-volume-transfer', 'transfer', { volume_id: id, name: 'offer' })
    expect(await listed('volume-transfer', offer.id)).toMatchObject({ name: 'offer', phase: 'steady' })
    expect(await settled('volume', id)).toMatchObject({ state: 'awaiting-transfer' })
    await refused('volume', id, 400)
    await removed('volume-transfer', offer.id)
    await removed('volume', id)
  })

  test('an attachment that nobody ever used goes by Block Storage alone', async () => {
    const { id } = await make.volume('reserved')
    const attachment = await client.make('cinder', '/attachments', 'attachment', { volume_uuid: id })
    expect(await looked('volume-attachment', attachment.id)).toMatchObject({ state: 'reserved' })
    expect(await settled('volume', id)).toMatchObject({ state: 'reserved' })
    await removed('volume-attachment', attachment.id)
    await removed('volume', id)
  })

  test('an attachment whose server is gone is known as such, and the same call removes it', async () => {
    const { id } = await make.volume('left')
    const gone = '00000000-0000-4000-8000-000000000000'
    const { id: attachment } = await client.make('cinder', '/attachments', 'attachment', {
      volume_uuid: id,
      instance_uuid: gone,
    })
    expect(await looked('volume-attachment', attachment)).toMatchObject({
      evidence: [{ rule: 'attachment-without-server', through: { alias: `volume:${id}` } }],
    })
    await removed('volume-attachment', attachment)
    await removed('volume', id)
  })

  test('the disk that a server boots from is never detached, and goes along where the server says so', async () => {
    const bootVolume = await make.bootVolume('root')
    const { id } = await make.server('boots', { network, bootVolume, deleteBootVolume: true })
    const attachments = await Array.fromAsync(kindOf('volume-attachment').find.all(io))
    const attachment = attachments.find((one) => one.instance === id)
    expect((await looked('volume-attachment', attachment.id)).relations).toMatchObject([
      { type: 'dependsOn' },
      { type: 'partOf', to: { id }, alone: false },
    ])
    expect((await looked('server', id)).relations).toContainEqual(
      expect.objectContaining({ type: 'partOf', from: { kind: 'openstack:volume', id: bootVolume.id } }),
    )
    await removed('server', id)
    await client.gone('cinder', `/volumes/${bootVolume.id}`)
  })

  test('a volume whose deletion failed is an operator’s', async () => {
    const { id } = await make.volume('sticky', { metadata })
    await bed.fault('cinder', 'delete_error', 'sticky*')
    await kindOf('volume').remove?.(io, { ...(await settled('volume', id)), key: id })
    await client.until('cinder', `/volumes/${id}`, 'volume', 'status', 'error_deleting')
    await bed.clearFaults()
    expect(await looked('volume', id)).toMatchObject({ phase: 'stuck', state: 'error_deleting' })
    await refused('volume', id, 400)
  })

  test('backups, each after those that build on it', async () => {
    const volume = await make.volume('saved')
    const { id: full } = await make.backup('full', volume, { metadata })
    const { id: next } = await make.backup('next', volume, { incremental: true })
    expect(await listed('backup', full)).toMatchObject({ state: 'available', tags: metadata, relations: [] })
    expect(await listed('backup', next)).toMatchObject({ relations: [{ type: 'dependsOn', to: { id: full } }] })
    await refused('backup', full, 400)
    await removed('backup', next)
    await removed('backup', full)
    await removed('volume', volume.id)
  })

  test('a load balancer takes all its parts along', async () => {
    const balancer = await make.loadBalancer('lb', subnet, { tags: [mark] })
    const { id, vip_port_id } = balancer
    const parts = await make.balanced(balancer, subnet)
    expect(await looked('load-balancer', id)).toMatchObject({
      state: 'ACTIVE',
      tags: metadata,
      relations: [{ to: { alias: `subnet:${subnet.id}` } }, { to: { alias: `network:${network.id}` } }],
    })
    for (const word of ['listener', 'pool'] as const)
      expect((await listed(word, parts[word].id))?.relations).toContainEqual(
        expect.objectContaining({ type: 'partOf', to: { kind: 'openstack:load-balancer', id } }),
      )
    await removed('load-balancer', id)
    await client.gone('octavia', `/listeners/${parts.listener.id}`)
    await client.gone('octavia', `/pools/${parts.pool.id}`)
    await client.gone('neutron', `/ports/${vip_port_id}`)
  })

  test('a port that was given to a load balancer outlives it', async () => {
    const port = await make.port('vip', network)
    const { id } = await make.loadBalancer('given', subnet, { vip_port_id: port.id })
    expect((await looked('load-balancer', id)).relations).toContainEqual(
      expect.objectContaining({ type: 'dependsOn', to: { kind: 'openstack:port', id: port.id } }),
    )
    await removed('load-balancer', id)
    expect((await client.ask('DELETE', 'neutron', `/ports/${port.id}`)).status).toBe(204)
  })

  test('of a load balancer that others use too, only our parts and our tag go', async () => {
    const ours = 'kube_service_ci-1_default_web'
    const { id } = await make.loadBalancer('team', subnet, { tags: [ours, 'team=web'] })
    const listener = await client.make('octavia', '/listeners', 'listener', {
      name: `listener_0_${ours}`,
      loadbalancer_id: id,
      protocol: 'TCP',
      protocol_port: 80,
      tags: [ours],
    })
    await active(id)
    expect(await listed('load-balancer', id)).toMatchObject({ tags: { 'kube_service/ci-1': 'shared' } })
    expect(await listed('listener', listener.id)).toMatchObject({
      tags: { 'kube_service/ci-1': 'owned' },
      relations: [{ type: 'dependsOn', to: { id } }],
    })
    await removed('listener', listener.id)
    const facts = await settled('load-balancer', id)
    await kindOf('load-balancer').unmark?.(io, { ...facts, key: id }, 'kube_service/ci-1=shared')
    await vi.waitFor(async () => expect((await active(id)).tags).toEqual(['team=web']), waiting)
    await removed('load-balancer', id)
  })

  test('a stack goes with its members, those of nested stacks too; what it retains stays', async () => {
    const template = {
      heat_template_version: '2018-08-31',
      resources: {
        data: { type: 'OS::Cinder::Volume', properties: { size: 1 } },
        kept: { type: 'OS::Cinder::Volume', deletion_policy: 'retain', properties: { size: 1 } },
        nodes: {
          type: 'OS::Heat::ResourceGroup',
          properties: { count: 1, resource_def: { type: 'OS::Neutron::SecurityGroup' } },
        },
      },
    }
    const { id } = await make.stack('stack', template)
    const { relations, data, ...facts } = await looked('stack', id)
    expect(facts).toMatchObject({ name: 'stack', state: 'CREATE_COMPLETE' })
    expect(relations.map(({ because }) => because).sort()).toEqual(['stack member data', 'stack member nodes.0'])
    const { retained } = data as { retained: string[] }
    expect(retained).toEqual([expect.stringMatching(/^kept \(OS::Cinder::Volume /)])
    await removed('stack', id)
    await removed('volume', /([\w-]+)\)$/.exec(retained[0] ?? '')?.[1] ?? '')
  })

  test('an application credential that is not in use', async () => {
    const { id } = await make.applicationCredential('credential', { description: mark })
    const facts = await listed('application-credential', id)
    expect(facts).toMatchObject({ tags: metadata })
    expect(facts?.fixed).toBeUndefined()
    await removed('application-credential', id)
  })

  test.each(['share', 'share-network', 'share-snapshot', 'zone', 'record-set', 'container'])(
    '%s: a service that is not there is missing, not empty',
    async (word) => {
      await expect(Array.fromAsync(kindOf(word).find.all(io))).rejects.toMatchObject({ name: 'ServiceMissingError' })
    },
  )
})
