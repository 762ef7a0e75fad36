import type { Facts, Io, Kind } from '@cleardown/core'
import {
  type Client,
  connectOpenStackBed,
  type Json,
  type OpenStackBed,
  startOpenStackBed,
} from '@cleardown/testbed-openstack'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { connectOpenStack } from '../../src/authenticate.ts'
import type { OpenStack } from '../../src/client.ts'
import { kinds } from '../../src/kinds/index.ts'

/** Control address of a bed that runs already; without it the suite starts its own. */
const running = process.env['CLEARDOWN_OPENSTACK_BED']
const run = `kinds-${process.pid}`
const mark = `cleardown.run=${run}`
const metadata = { 'cleardown.run': run }
const name = (part: string): string => `${run}-${part}`

let bed: Pick<OpenStackBed, 'authUrl' | 'password' | 'client'>
let close: (() => Promise<void>) | undefined
let alpha: Client
let io: Io<OpenStack>
const made: Json = {}

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

/** Nobody has the other half. */
const publicKey = `ssh-ed25519 ${Buffer.concat([
  Buffer.from([0, 0, 0, 11]),
  Buffer.from('ssh-ed25519'),
  Buffer.from([0, 0, 0, 32]),
  Buffer.alloc(32, 1),
]).toString('base64')}`

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
  if (running) bed = await connectOpenStackBed(running)
  else {
    const own = await startOpenStackBed()
    bed = own
    close = () => own.close()
  }
  alpha = await bed.client('alpha')
  const { client, region } = await connectOpenStack({
    auth: {
      auth_url: bed.authUrl,
      username: 'alpha',
      password: bed.password,
      project_name: 'alpha',
      user_domain_id: 'default',
      project_domain_id: 'default',
    },
  })
  const { signal } = new AbortController()
  io = { client, place: region, signal, now: Date.now, request: (_, send) => send(signal) }

  made.network = await alpha.make('neutron', '/networks', 'network', { name: name('net') })
  made.subnet = await alpha.make('neutron', '/subnets', 'subnet', {
    name: name('subnet'),
    network_id: made.network.id,
    ip_version: 4,
    cidr: '10.19.0.0/24',
  })
  const { flavors } = await alpha.call('GET', 'nova', '/flavors')
  const { images } = await alpha.call('GET', 'glance', '/images?name=tiny')
  made.flavor = flavors[0]
  made.image = images[0]
}, 400_000)

afterAll(async () => {
  for (const [path, one] of [
    ['/subnets', made.subnet],
    ['/networks', made.network],
  ])
    if (one) await alpha.ask('DELETE', 'neutron', `${path}/${one.id}`)
  await close?.()
}, 60_000)

const volume = async (part: string, more: Json = {}): Promise<Json> => {
  const { id } = await alpha.make('cinder', '/volumes', 'volume', { name: name(part), size: 1, metadata, ...more })
  return alpha.until('cinder', `/volumes/${id}`, 'volume', 'status', 'available')
}
const server = async (part: string, more: Json = {}, hints: Json = {}): Promise<Json> => {
  const { id } = await alpha
    .call('POST', 'nova', '/servers', {
      server: {
        name: name(part),
        flavorRef: made.flavor.id,
        imageRef: made.image.id,
        networks: [{ uuid: made.network.id }],
        metadata,
        ...more,
      },
      ...hints,
    })
    .then((answer) => answer.server)
  return alpha.until('nova', `/servers/${id}`, 'server', 'status', 'ACTIVE')
}
const balancer = async (part: string, more: Json = {}): Promise<Json> => {
  const { id } = await alpha.make('octavia', '/loadbalancers', 'loadbalancer', {
    name: name(part),
    vip_subnet_id: made.subnet.id,
    ...more,
  })
  return active(id)
}
const active = (id: string): Promise<Json> =>
  alpha.until('octavia', `/loadbalancers/${id}`, 'loadbalancer', 'provisioning_status', 'ACTIVE')

describe('on the real services', { timeout: 180_000 }, () => {
  test('a server, its group and its key', async () => {
    const key = await alpha.make('nova', '/os-keypairs', 'keypair', { name: name('key'), public_key: publicKey })
    const group = await alpha.make('nova', '/os-server-groups', 'server_group', {
      name: name('group'),
      policy: 'soft-anti-affinity',
    })
    const { id } = await server('server', { key_name: key.name }, { 'os:scheduler_hints': { group: group.id } })

    expect(await listed('server', id)).toMatchObject({
      name: name('server'),
      account: io.client.project,
      phase: 'steady',
      state: 'ACTIVE',
      tags: metadata,
      protections: [],
    })
    const { relations } = await looked('server-group', group.id)
    expect(relations).toMatchObject([{ type: 'dependsOn', from: { id }, because: 'members' }])
    expect((await looked('server', id)).relations).toContainEqual(
      expect.objectContaining({ to: { alias: `keypair:${key.name}` } }),
    )
    expect(await listed('keypair', key.name)).toMatchObject({ name: name('key'), phase: 'steady' })

    await removed('server', id)
    await removed('server-group', group.id)
    await removed('keypair', key.name)
  })

  test('a lock holds a server until it is lifted, and is put back with its reason', async () => {
    const { id } = await server('locked')
    await alpha.call('POST', 'nova', `/servers/${id}/action`, { lock: { locked_reason: 'a person looks at it' } })
    const kind = kindOf('server')
    const locked = await settled('server', id)
    expect(locked.protections).toMatchObject([{ id: 'locked', liftable: true, says: 'locked: a person looks at it' }])
    await expect(kind.remove?.(io, { ...locked, key: id })).rejects.toMatchObject({ status: 409 })

    const before = kind.unprotect?.before(locked, 'locked') ?? null
    await kind.unprotect?.apply(io, { ...locked, key: id }, 'locked')
    expect((await settled('server', id)).protections).toEqual([])
    await kind.unprotect?.undo(io, { ...locked, key: id }, before)
    expect(await settled('server', id)).toMatchObject({ protections: locked.protections })
    await kind.unprotect?.apply(io, { ...locked, key: id }, 'locked')
    await removed('server', id)
  })

  test('an image, protected and hidden', async () => {
    const image = await alpha.call('POST', 'glance', '/images', {
      name: name('image'),
      disk_format: 'raw',
      container_format: 'bare',
      protected: true,
      os_hidden: true,
      tags: [mark],
      'cleardown.run': run,
    })
    const kind = kindOf('image')
    const facts = await listed('image', image.id)
    expect(facts).toMatchObject({ state: 'queued', tags: metadata, protections: [{ id: 'protected' }] })
    if (!facts) return
    await expect(kind.remove?.(io, { ...facts, key: image.id })).rejects.toMatchObject({ status: 403 })
    await kind.unprotect?.apply(io, { ...facts, key: image.id }, 'protected')
    await removed('image', image.id)
  })

  test('a volume, its attachment, snapshot and offer', async () => {
    const { id: serverId } = await server('attached')
    const { id } = await volume('data')
    await alpha.call('POST', 'nova', `/servers/${serverId}/os-volume_attachments`, {
      volumeAttachment: { volumeId: id, delete_on_termination: false },
    })
    await alpha.until('cinder', `/volumes/${id}`, 'volume', 'status', 'in-use')
    expect(await listed('volume', id)).toMatchObject({ state: 'in-use', phase: 'steady', tags: metadata })
    const attachments = await Array.fromAsync(kindOf('volume-attachment').find.all(io))
    const attachment = attachments.find((one) => one.volume_id === id)
    expect(await looked('volume-attachment', attachment.id)).toMatchObject({
      state: 'attached',
      relations: [
        { type: 'dependsOn', to: { alias: `volume:${id}` } },
        { type: 'partOf', to: { id: serverId }, alone: true },
      ],
    })
    await removed('volume-attachment', attachment.id)
    await settled('volume', id)
    await kindOf('volume-attachment').restore?.(io, kindOf('volume-attachment').facts(attachment))
    await alpha.until('cinder', `/volumes/${id}`, 'volume', 'status', 'in-use')
    await removed('server', serverId)

    const snapshot = await alpha.make('cinder', '/snapshots', 'snapshot', {
      name: name('snap'),
      volume_id: id,
      metadata,
    })
    expect(await settled('snapshot', snapshot.id)).toMatchObject({ state: 'available', tags: metadata })
    await expect(kindOf('volume').remove?.(io, { ...(await settled('volume', id)), key: id })).rejects.toMatchObject({
      status: 400,
    })
    await removed('snapshot', snapshot.id)

    const offer = await alpha.make('cinder', '/os-volume-transfer', 'transfer', { volume_id: id, name: name('offer') })
    expect(await listed('volume-transfer', offer.id)).toMatchObject({ name: name('offer'), phase: 'steady' })
    expect(await settled('volume', id)).toMatchObject({ state: 'awaiting-transfer' })
    await removed('volume-transfer', offer.id)
    await removed('volume', id)
  })

  test('an attachment that was never used has no server', async () => {
    const { id } = await volume('reserved')
    const attachment = await alpha.make('cinder', '/attachments', 'attachment', { volume_uuid: id })
    expect(await looked('volume-attachment', attachment.id)).toMatchObject({ state: 'reserved' })
    expect(await settled('volume', id)).toMatchObject({ state: 'reserved' })
    await removed('volume-attachment', attachment.id)
    await removed('volume', id)
  })

  test('a volume goes with its server where that says so', async () => {
    const { id: serverId } = await server('root')
    const { id } = await volume('goes-along')
    await alpha.call('POST', 'nova', `/servers/${serverId}/os-volume_attachments`, {
      volumeAttachment: { volumeId: id, delete_on_termination: true },
    })
    await alpha.until('cinder', `/volumes/${id}`, 'volume', 'status', 'in-use')
    expect((await looked('server', serverId)).relations).toContainEqual(
      expect.objectContaining({ type: 'partOf', from: { kind: 'openstack:volume', id } }),
    )
    await removed('server', serverId)
    await alpha.gone('cinder', `/volumes/${id}`)
  })

  test('backups, each after those that build on it', async () => {
    const { id } = await volume('saved')
    const backup = async (part: string, incremental: boolean): Promise<string> => {
      const { id: own } = await alpha.make('cinder', '/backups', 'backup', {
        name: name(part),
        volume_id: id,
        incremental,
        metadata,
      })
      await alpha.until('cinder', `/backups/${own}`, 'backup', 'status', 'available')
      return own
    }
    const full = await backup('full', false)
    const next = await backup('next', true)
    expect(await listed('backup', full)).toMatchObject({ state: 'available', tags: metadata, relations: [] })
    expect(await listed('backup', next)).toMatchObject({ relations: [{ type: 'dependsOn', to: { id: full } }] })
    await expect(
      kindOf('backup').remove?.(io, { ...(await settled('backup', full)), key: full }),
    ).rejects.toMatchObject({ status: 400 })
    await removed('backup', next)
    await removed('backup', full)
    await removed('volume', id)
  })

  test('a load balancer takes all its parts along', async () => {
    const { id } = await balancer('lb', { tags: [mark] })
    const listener = await alpha.make('octavia', '/listeners', 'listener', {
      name: name('listener'),
      loadbalancer_id: id,
      protocol: 'TCP',
      protocol_port: 443,
    })
    await active(id)
    const pool = await alpha.make('octavia', '/pools', 'pool', {
      name: name('pool'),
      listener_id: listener.id,
      protocol: 'TCP',
      lb_algorithm: 'ROUND_ROBIN',
    })
    const { vip_port_id } = await active(id)
    expect(await looked('load-balancer', id)).toMatchObject({
      state: 'ACTIVE',
      tags: metadata,
      relations: [{ to: { alias: `subnet:${made.subnet.id}` } }, { to: { alias: `network:${made.network.id}` } }],
    })
    for (const [word, part] of [
      ['listener', listener.id],
      ['pool', pool.id],
    ])
      expect(await listed(word, part)).toMatchObject({
        phase: 'steady',
        relations: expect.arrayContaining([
          expect.objectContaining({ type: 'partOf', to: { kind: 'openstack:load-balancer', id } }),
        ]),
      })
    await removed('load-balancer', id)
    await alpha.gone('octavia', `/listeners/${listener.id}`)
    await alpha.gone('octavia', `/pools/${pool.id}`)
    await alpha.gone('neutron', `/ports/${vip_port_id}`)
  })

  test('of a load balancer that others use too, only our parts and our tag go', async () => {
    const ours = `kube_service_${run}_default_web`
    const { id } = await balancer('team', { tags: [ours, 'team=web'] })
    const listener = await alpha.make('octavia', '/listeners', 'listener', {
      name: `listener_0_${ours}`,
      loadbalancer_id: id,
      protocol: 'TCP',
      protocol_port: 80,
      tags: [ours],
    })
    await active(id)
    expect(await listed('load-balancer', id)).toMatchObject({ tags: { [`kube_service/${run}`]: 'shared' } })
    expect(await listed('listener', listener.id)).toMatchObject({
      tags: { [`kube_service/${run}`]: 'owned' },
      relations: [{ type: 'dependsOn', to: { id } }],
    })
    await removed('listener', listener.id)
    const facts = await settled('load-balancer', id)
    await kindOf('load-balancer').unmark?.(io, { ...facts, key: id }, `kube_service/${run}=shared`)
    await vi.waitFor(async () => expect((await active(id)).tags).toEqual(['team=web']), waiting)
    await removed('load-balancer', id)
  })

  test('a stack goes with its members, those of nested stacks too; what it retains stays', async () => {
    const template = {
      heat_template_version: '2018-08-31',
      resources: {
        data: { type: 'OS::Cinder::Volume', properties: { size: 1, name: name('member') } },
        kept: { type: 'OS::Cinder::Volume', deletion_policy: 'retain', properties: { size: 1, name: name('kept') } },
        nodes: {
          type: 'OS::Heat::ResourceGroup',
          properties: {
            count: 1,
            resource_def: { type: 'OS::Neutron::SecurityGroup', properties: { name: name('nested') } },
          },
        },
      },
    }
    // Heat keeps the password for what it does later in the user's name
    const { body } = await alpha.ask('POST', 'heat', '/stacks', {
      body: { stack_name: name('stack'), template, tags: mark },
      headers: { 'x-auth-user': 'alpha', 'x-auth-key': bed.password },
    })
    const { stack } = body
    await alpha.until('heat', `/stacks/${name('stack')}/${stack.id}`, 'stack', 'stack_status', 'CREATE_COMPLETE')
    const { relations, data, ...facts } = await looked('stack', stack.id)
    expect(facts).toMatchObject({ name: name('stack'), state: 'CREATE_COMPLETE', tags: metadata })
    expect(relations.map(({ because }) => because).sort()).toEqual(['stack member data', 'stack member nodes.0'])
    const { retained } = data as { retained: string[] }
    expect(retained).toEqual([expect.stringMatching(/^kept \(OS::Cinder::Volume /)])
    await removed('stack', stack.id)
    const kept = /([\w-]+)\)$/.exec(retained[0] ?? '')?.[1] ?? ''
    await removed('volume', kept)
  })

  test('an application credential that is not in use', async () => {
    const credential = await alpha.make(
      'keystone',
      `/users/${alpha.userId}/application_credentials`,
      'application_credential',
      { name: name('credential'), description: mark },
    )
    expect(await listed('application-credential', credential.id)).toMatchObject({ tags: metadata })
    expect((await listed('application-credential', credential.id))?.fixed).toBeUndefined()
    await removed('application-credential', credential.id)
  })

  test.each(['share', 'share-network', 'zone', 'record-set', 'container'])(
    '%s: a service that is not there is missing, not empty',
    async (word) => {
      await expect(Array.fromAsync(kindOf(word).find.all(io))).rejects.toMatchObject({ name: 'ServiceMissingError' })
    },
  )
})
