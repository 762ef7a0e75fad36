import { dependsOn, type Find, partOf, ref } from '@cleardown/core'
import { type OpenStack, read } from '../client.ts'
import { collectionOf, neutronWays } from '../neutron.ts'
import { cli, type OpenStackKind, openstackKind, rowsBy } from '../openstack-kind.ts'
import { type TrunkRow, trunks } from '../trunks.ts'

interface Raw {
  readonly trunk: string
  readonly account: string | null
  readonly port: string
  readonly type: string
  readonly segment: number
}

const trunksById = rowsBy<TrunkRow>(collectionOf(trunks), 'id')
const subportsOf = ({ id, project_id, sub_ports }: TrunkRow): Raw[] =>
  (sub_ports ?? []).map(({ port_id, segmentation_type, segmentation_id }) => ({
    trunk: id,
    account: project_id ?? null,
    port: port_id,
    type: segmentation_type,
    segment: segmentation_id,
  }))
const idOf = ({ trunk, port }: Pick<Raw, 'trunk' | 'port'>): string => `${trunk}/${port}`

const ids: Find<OpenStack, Raw> = async function* (io, values) {
  for await (const trunk of trunksById(
    io,
    values.map((id) => id.slice(0, id.indexOf('/'))),
  ))
    yield* subportsOf(trunk)
}

/** A port's place in a trunk. It goes with the trunk; the port cannot go before it. */
export const subport: OpenStackKind = openstackKind({
  name: 'openstack:subport',
  service: 'network',
  link: true,
  uses: ['openstack:trunk', 'openstack:port'],
  find: {
    async *all(io) {
      for await (const trunk of neutronWays<TrunkRow>(trunks).find.all(io)) yield* subportsOf(trunk)
    },
    ids,
  },
  async read(io, id) {
    const row = await read<TrunkRow>(io, 'network', `/trunks/${id.slice(0, id.indexOf('/'))}`, 'trunk')
    return row && subportsOf(row).find((one) => idOf(one) === id)
  },
  facts: (raw: Raw) => ({
    id: idOf(raw),
    ...(raw.account ? { account: raw.account } : {}),
    incarnation: `${idOf(raw)}/${raw.segment}`,
    phase: 'steady',
    state: 'joined',
    relations: [
      partOf(ref('openstack:trunk', raw.trunk), 'sub_ports', true),
      dependsOn(ref('openstack:port', raw.port), 'sub_ports.port_id'),
    ],
    data: { trunk: raw.trunk, port: raw.port, type: raw.type, segment: raw.segment },
  }),
  async remove(io, it) {
    await io.client.send(io, 'network', 'PUT', `/trunks/${it.data.trunk}/remove_subports`, {
      body: { sub_ports: [{ port_id: it.data.port }] },
    })
  },
  async restore(io, it) {
    const { trunk, port, type, segment } = it.data
    await io.client.send(io, 'network', 'PUT', `/trunks/${trunk}/add_subports`, {
      body: { sub_ports: [{ port_id: port, segmentation_type: type, segmentation_id: segment }] },
    })
  },
  manual: (it) => cli('network', 'trunk', 'unset', '--subport', it.data.port, it.data.trunk),
  latency: { typicalMs: 1_000, worstMs: 60_000 }, // at once
})
