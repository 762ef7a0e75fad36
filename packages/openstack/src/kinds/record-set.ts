import { dependsOn, type Io, partOf, ref } from '@cleardown/core'
import { type OpenStack, read } from '../client.ts'
import { type Collection, cli, marksOf, type OpenStackKind, openstackKind, type Row, since } from '../openstack-kind.ts'
import { type Apart, beside } from '../parts.ts'
import { dnsPhase, dnsState, zones } from './zone.ts'

interface RecordSet extends Row {
  readonly name: string
  readonly zone_id: string
  readonly zone_name: string
  readonly type: string
  readonly ttl?: number | null
  readonly records?: readonly string[]
  readonly status: string
  readonly action?: string
  readonly updated_at?: string | null
}

const recordSets: Collection<RecordSet> = {
  service: 'dns',
  path: '/recordsets', // of all zones in one listing
  field: 'recordsets',
  one: '',
  project: false,
}

const idOf = ({ zone_id, id }: Pick<RecordSet, 'zone_id' | 'id'>): string => `${zone_id}/${id}`
/** One can only be asked for in its zone. */
const pathOf = (id: string): string => `/zones/${id.replace('/', '/recordsets/')}`

const all = (io: Io<OpenStack>): AsyncGenerator<Apart<RecordSet>, void, undefined> =>
  beside(io, recordSets, zones, ({ zone_id }) => zone_id)

async function* among(io: Io<OpenStack>, ids: readonly string[]): AsyncGenerator<Apart<RecordSet>, void, undefined> {
  const wanted = new Set(ids)
  for await (const one of all(io)) if (wanted.has(idOf(one))) yield one
}

/** Goes with its zone; out of a zone of others it goes by itself. */
export const recordSet: OpenStackKind = openstackKind({
  name: 'openstack:record-set',
  service: 'dns',
  uses: ['openstack:zone'],
  find: { all, ids: among },
  read: (io, id) => read<Apart<RecordSet>>(io, 'dns', pathOf(id), ''),
  facts: (raw) => ({
    id: idOf(raw),
    ...marksOf(raw),
    aliases: [`record-set:${raw.id}`],
    incarnation: raw.id,
    phase: dnsPhase(raw),
    state: dnsState(raw),
    ...since(raw.updated_at),
    ...(ofTheZone(raw) ? { fixed: 'the zone cannot be without it; it goes with the zone' } : {}),
    relations: [
      raw.apart
        ? dependsOn(ref('openstack:zone', raw.zone_id), 'zone_id', 'leaks')
        : partOf(ref('openstack:zone', raw.zone_id), 'zone_id', !ofTheZone(raw)),
    ],
    data: { zone: raw.zone_id, record: raw.id, type: raw.type },
  }),
  async remove(io, it) {
    await io.client.send(io, 'dns', 'DELETE', pathOf(it.id))
  },
  manual: (it) => cli('recordset', 'delete', it.data.zone, it.data.record),
  latency: { typicalMs: 5_000, worstMs: 120_000 }, // worst: designate-tempest-plugin, [dns] build_timeout
})

const ofTheZone = ({ type, name, zone_name }: RecordSet): boolean =>
  type === 'SOA' || (type === 'NS' && name === zone_name)
