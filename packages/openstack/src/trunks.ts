import type { NeutronCollection, NeutronRow } from './neutron.ts'

export interface TrunkRow extends NeutronRow {
  readonly status: string
  readonly admin_state_up: boolean
  readonly port_id: string
  readonly sub_ports?: readonly {
    readonly port_id: string
    readonly segmentation_type: string
    readonly segmentation_id: number
  }[]
}

export const trunks: NeutronCollection<TrunkRow> = {
  path: '/trunks',
  field: 'trunks',
  one: 'trunk',
  extension: 'trunk',
  using: { 'openstack:port': 'port_id' },
}
