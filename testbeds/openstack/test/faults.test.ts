// Each fault brings about the state that it is named after, and ends when it is cleared.
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Json } from '../client.ts'
import type { BedControl } from '../control.ts'
import { sharedOpenStackBed } from '../shared-bed.ts'
import { newProject, type Staging, staging } from '../staging.ts'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 })

let bed: BedControl
let make: Staging
let network: Json
let subnet: Json

beforeAll(async () => {
  bed = await sharedOpenStackBed()
  make = await staging(await newProject(bed, 'faults'))
  network = await make.network('n')
  subnet = await make.subnet('s', network)
})

afterEach(() => bed.clearFaults())

describe('nova', () => {
  const path = (server: Json): string => `/servers/${server.id}`
  const taskOf = async (server: Json): Promise<string> =>
    (await make.client.call('GET', 'nova', path(server))).server['OS-EXT-STS:task_state']

  it('keeps a server deleting until destroy_hang is cleared, and slow ones for destroy_delay', async () => {
    const server = await make.server('hangs', { network })
    await bed.fault('nova', 'destroy_hang', 'hang*')
    await make.client.call('DELETE', 'nova', path(server))
    await vi.waitFor(async () => expect(await taskOf(server)).toBe('deleting'), { timeout: 10_000 })
    await bed.fault('nova', 'destroy_delay', 1)
    await bed.clearFaults('nova', 'destroy_hang')
    await make.client.gone('nova', path(server))
  })

  it('brings a server into ERROR at its deletion, which works once destroy_error is cleared', async () => {
    const server = await make.server('breaks', { network })
    await bed.fault('nova', 'destroy_error', server.id)
    await make.client.call('DELETE', 'nova', path(server))
    await make.client.until('nova', path(server), 'server', 'status', 'ERROR')
    expect((await make.client.call('GET', 'neutron', `/ports?device_id=${server.id}`)).ports).toEqual([])
    await bed.clearFaults()
    await make.client.call('DELETE', 'nova', path(server))
    await make.client.gone('nova', path(server))
  })

  it('lets a server fail at boot, or never finish, or take its time', async () => {
    await bed.fault('nova', 'spawn_error', 'fails')
    const failed = await make.server('fails', { network, status: 'ERROR' })
    expect(failed.fault.message).toContain('Exceeded maximum number of retries')
    await bed.fault('nova', 'spawn_hang', 'never')
    await bed.fault('nova', 'spawn_delay', 0.5)
    const building = await make.server('never', { network, status: 'BUILD' })
    await vi.waitFor(async () => expect(await taskOf(building)).toBe('spawning'), { timeout: 10_000 })
    await bed.clearFaults()
    await make.client.until('nova', path(building), 'server', 'status', 'ACTIVE')
  })
})

describe('cinder', () => {
  const path = (volume: Json): string => `/volumes/${volume.id}`
  const created = async (name: string, ...wanted: string[]): Promise<Json> => {
    const { id } = await make.client.make('cinder', '/volumes', 'volume', { name, size: 1 })
    return make.client.until('cinder', `/volumes/${id}`, 'volume', 'status', ...wanted)
  }

  it('ends a deletion in error_deleting, which a member cannot undo and an administrator can', async () => {
    const volume = await make.volume('sticks')
    await bed.fault('cinder', 'delete_error', 'sticks')
    await make.client.call('DELETE', 'cinder', path(volume))
    await make.client.until('cinder', path(volume), 'volume', 'status', 'error_deleting')
    expect((await make.client.ask('DELETE', 'cinder', path(volume))).status).toBe(400)
    await bed.clearFaults()
    const admin = await bed.admin()
    await admin.call('POST', 'cinder', `${path(volume)}/action`, { 'os-force_delete': {} })
    await make.client.gone('cinder', path(volume))
  })

  it('hangs in deleting, slows down, and fails to create', async () => {
    const volume = await make.volume('hangs')
    await bed.fault('cinder', 'delete_hang', 'hangs')
    await make.client.call('DELETE', 'cinder', path(volume))
    await make.client.until('cinder', path(volume), 'volume', 'status', 'deleting')
    await bed.fault('cinder', 'delete_delay', 0.5)
    await bed.clearFaults('cinder', 'delete_hang')
    await make.client.gone('cinder', path(volume))
    await bed.fault('cinder', 'create_delay', 0.5)
    await bed.fault('cinder', 'create_error', 'broken')
    await created('broken', 'error')
  })

  it('makes backups, and lets them hang, fail and slow down', async () => {
    const volume = await make.volume('saved')
    const backup = async (name: string, ...wanted: string[]): Promise<Json> => {
      const { id } = await make.client.make('cinder', '/backups', 'backup', { name, volume_id: volume.id })
      return make.client.until('cinder', `/backups/${id}`, 'backup', 'status', ...wanted)
    }
    const good = await backup('good', 'available')
    await bed.fault('cinder', 'backup_error', 'bad')
    await backup('bad', 'error')
    await make.client.until('cinder', path(volume), 'volume', 'status', 'available')
    await bed.fault('cinder', 'backup_hang', 'slow')
    await bed.fault('cinder', 'backup_delay', 0.2)
    const slow = await backup('slow', 'creating')
    expect((await make.client.ask('DELETE', 'cinder', path(volume))).status).toBe(400)
    await bed.clearFaults()
    await make.client.until('cinder', `/backups/${slow.id}`, 'backup', 'status', 'available')
    await bed.fault('cinder', 'delete_error', 'good')
    await make.client.call('DELETE', 'cinder', `/backups/${good.id}`)
    await make.client.until('cinder', `/backups/${good.id}`, 'backup', 'status', 'error')
  })
})

describe('octavia', () => {
  const path = (balancer: Json): string => `/loadbalancers/${balancer.id}`
  const become = (balancer: Json, ...wanted: string[]): Promise<Json> =>
    make.client.until('octavia', path(balancer), 'loadbalancer', 'provisioning_status', ...wanted)

  it('holds a load balancer in PENDING, then lets it end in ERROR, and delete from there', async () => {
    await bed.fault('octavia', 'delay', 0.2)
    const balancer = await make.loadBalancer('held', subnet)
    await bed.fault('octavia', 'hold', 'held')
    await make.client.call('PUT', 'octavia', path(balancer), { loadbalancer: { description: 'x' } })
    await become(balancer, 'PENDING_UPDATE')
    expect((await make.client.ask('DELETE', 'octavia', path(balancer))).status).toBe(409)
    await bed.fault('octavia', 'error', 'held')
    await bed.clearFaults('octavia', 'hold')
    await become(balancer, 'ERROR')
    await bed.clearFaults('octavia', 'error')
    await make.client.call('DELETE', 'octavia', path(balancer))
    await make.client.gone('octavia', path(balancer))
    expect((await make.client.call('GET', 'neutron', `/ports?id=${balancer.vip_port_id}`)).ports).toEqual([])
  })

  it('has any state that SQL can write', async () => {
    const balancer = await make.loadBalancer('written', subnet)
    const write = 'UPDATE load_balancer SET provisioning_status = ? WHERE id = ?'
    await bed.sql('octavia', write, 'PENDING_UPDATE', balancer.id)
    await become(balancer, 'PENDING_UPDATE')
    const rows = await bed.sql('octavia', 'SELECT provisioning_status FROM load_balancer WHERE id = ?', balancer.id)
    expect(rows).toEqual([{ provisioning_status: 'PENDING_UPDATE' }])
    await bed.sql('octavia', write, 'ACTIVE', balancer.id)
    await make.client.call('DELETE', 'octavia', path(balancer))
    await make.client.gone('octavia', path(balancer))
  })
})
