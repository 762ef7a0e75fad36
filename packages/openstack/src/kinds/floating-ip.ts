import { dependsOn, type Evidence, ref } from '@cleardown/core'
import { type FloatingIpRow, floatingIps } from '../floating-ips.ts'
import { madeFor } from '../makers.ts'
import { neutronWays, removeUnchanged, revisionOf } from '../neutron.ts'
import { aliasOf, byAlias, cli, marksOf, type OpenStackKind, openstackKind } from '../openstack-kind.ts'

/** Has no name, and often no tags: what it leads to is then all that says whose it is. It outlives its port. */
export const floatingIp: OpenStackKind = openstackKind({
  ...neutronWays<FloatingIpRow>(floatingIps),
  name: 'openstack:floating-ip',
  uses: ['openstack:network'],
  // while it leads to a port of ours, that port's own removal changes it; free, it must not be taken into use meanwhile
  revision: (raw) => (raw.port_id ? '' : revisionOf(raw)),
  facts: (raw) => {
    const evidence: Evidence[] = raw.port_id
      ? [
          {
            rule: 'leads-to-ours',
            says: 'ours',
            strength: 'hint',
            field: 'port_id',
            value: raw.port_id,
            through: ref('openstack:port', raw.port_id),
          },
        ]
      : []
    return {
      id: raw.id,
      ...marksOf(raw),
      name: raw.floating_ip_address,
      aliases: [aliasOf('address', raw.floating_ip_address)],
      incarnation: raw.id,
      phase: 'steady',
      state: raw.status,
      ...(raw.port_id || (raw.port_forwardings ?? []).length > 0 ? {} : { idle: 'leads nowhere' }),
      evidence,
      relations: [dependsOn(byAlias('network', raw.floating_network_id), 'floating_network_id'), ...madeFor(raw)],
      data: { address: raw.floating_ip_address, port: raw.port_id },
    }
  },
  remove: (io, it) => removeUnchanged(io, '/floatingips', it),
  manual: (it) => cli('floating', 'ip', 'delete', it.id),
  latency: { typicalMs: 1_000, worstMs: 60_000 }, // at once
})
