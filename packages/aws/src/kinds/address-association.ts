import type { Address } from '@aws-sdk/client-ec2'
import { dependsOn, type Find, partOf, ref } from '@cleardown/core'
import { type AwsKind, awsKind, cli, type Placed, type Sure } from '../aws-kind.ts'
import { type Aws, send } from '../client.ts'
import { ec2By, ec2Rows } from '../ec2.ts'

type Raw = Sure<Address, 'AllocationId' | 'AssociationId' | 'PublicIp'> & Placed

async function* associated(rows: AsyncIterable<Address & Placed>): AsyncGenerator<Raw, void, undefined> {
  for await (const row of rows) if (row.AssociationId && row.AllocationId) yield row as Raw
}

const by = (filter: string): Find<Aws, Raw> => {
  const addresses = ec2By<Address>('DescribeAddresses', 'Addresses', filter)
  return (io, values) => associated(addresses(io, values))
}

/** An address cannot be released while it is mapped. Only an instance's mapping is ours to undo; a service keeps its own until it is gone. */
export const addressAssociation: AwsKind = awsKind({
  name: 'aws:address-association',
  service: 'ec2',
  link: true,
  uses: ['aws:elastic-ip', 'aws:network-interface', 'aws:instance'],
  find: {
    all: (io) => associated(ec2Rows<Address>(io, 'DescribeAddresses', 'Addresses')),
    ids: by('association-id'),
    using: { 'aws:elastic-ip': by('allocation-id'), 'aws:network-interface': by('network-interface-id') },
  },
  facts: (raw) => ({
    id: raw.AssociationId,
    incarnation: raw.AssociationId,
    phase: 'steady',
    state: 'associated',
    relations: [
      dependsOn(ref('aws:elastic-ip', raw.AllocationId), 'AllocationId'),
      ...(raw.NetworkInterfaceId
        ? [partOf(ref('aws:network-interface', raw.NetworkInterfaceId), 'NetworkInterfaceId', Boolean(raw.InstanceId))]
        : []),
      ...(raw.InstanceId ? [partOf(ref('aws:instance', raw.InstanceId), 'InstanceId', true)] : []),
    ],
    data: {
      region: raw.Region,
      allocation: raw.AllocationId,
      interface: raw.NetworkInterfaceId ?? null,
      address: raw.PrivateIpAddress ?? null,
    },
  }),
  async remove(io, it) {
    await send(io, 'ec2', 'DisassociateAddress', { AssociationId: it.id })
  },
  async restore(io, it) {
    const { allocation, interface: networkInterface, address } = it.data
    await send(io, 'ec2', 'AssociateAddress', {
      AllocationId: allocation,
      ...(networkInterface ? { NetworkInterfaceId: networkInterface } : {}),
      ...(address ? { PrivateIpAddress: address } : {}),
    })
  },
  manual: (it) => cli('ec2', 'disassociate-address', { 'association-id': it.id }, it.data.region),
  latency: { typicalMs: 1_000, worstMs: 120_000 }, // at once; a NAT gateway's goes with it
})
