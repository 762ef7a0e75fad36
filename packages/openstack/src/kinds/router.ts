import { dependsOn } from '@cleardown/core'
import { neutronWays, removeUnchanged, revisionOf } from '../neutron.ts'
import { aliasOf, byAlias, cli, marksOf, type OpenStackKind, openstackKind } from '../openstack-kind.ts'
import type { RouterRow } from '../routes.ts'

/** Its gateway goes with it: a router is removed with the gateway set, once its interfaces are gone (neutron, l3_db.py: delete_router). */
export const router: OpenStackKind = openstackKind({
  ...neutronWays<RouterRow>({ path: '/routers', field: 'routers', one: 'router', extension: 'router' }),
  name: 'openstack:router',
  uses: ['openstack:network'],
  // its removal takes the gateway off first, which counts as a change: guarded, it would refuse itself (412) and have lost its gateway
  revision: (raw) => (raw.external_gateway_info ? '' : revisionOf(raw)),
  facts: (raw) => {
    const external = raw.external_gateway_info?.network_id
    return {
      id: raw.id,
      ...marksOf(raw),
      aliases: [aliasOf('router', raw.id)],
      incarnation: raw.id,
      phase: 'steady',
      state: raw.status,
      relations: external ? [dependsOn(byAlias('network', external), 'external_gateway_info.network_id')] : [],
      data: { external: external ?? null },
    }
  },
  remove: (io, it) => removeUnchanged(io, '/routers', it),
  manual: (it) => cli('router', 'delete', it.id),
  latency: { typicalMs: 2_000, worstMs: 60_000 }, // at once; highly available ones wait for their agents
})
