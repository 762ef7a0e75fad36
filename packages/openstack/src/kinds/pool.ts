import { dependsOn, type Io, partOf, ref } from '@cleardown/core'
import type { OpenStack } from '../client.ts'
import { withKubeTags } from '../kube-service.ts'
import {
  amongIds,
  type Collection,
  cli,
  listed,
  marksOf,
  type OpenStackKind,
  openstackKind,
  type Row,
  since,
} from '../openstack-kind.ts'
import { type Apart, beside } from '../parts.ts'
import { loadBalancers, provisioning } from './load-balancer.ts'

interface Pool extends Row {
  readonly provisioning_status: string
  readonly updated_at?: string | null
  readonly protocol?: string
  readonly loadbalancers?: readonly { readonly id: string }[]
}

const pools: Collection<Pool> = {
  service: 'load-balancer',
  path: '/lbaas/pools',
  field: 'pools',
  one: 'pool',
}

const all = (io: Io<OpenStack>): AsyncGenerator<Apart<Pool>, void, undefined> =>
  beside(io, pools, loadBalancers, ({ loadbalancers }) => loadbalancers?.[0]?.id)

/** Takes its members and its monitor along. Goes with its load balancer; out of a shared one by itself, as a listener does. */
export const pool: OpenStackKind = openstackKind({
  name: 'openstack:pool',
  uses: ['openstack:load-balancer'],
  ...listed<Apart<Pool>>(pools),
  find: { all, ids: (io, ids) => amongIds(all(io), ids) },
  facts: (raw) => {
    const marks = marksOf(raw)
    const holders = (raw.loadbalancers ?? []).map(({ id }) => id)
    return {
      id: raw.id,
      ...marks,
      tags: withKubeTags(raw, marks.tags),
      incarnation: raw.id,
      phase: provisioning(raw.provisioning_status),
      state: raw.provisioning_status,
      ...since(raw.updated_at),
      relations: holders.map((id) =>
        raw.apart
          ? dependsOn(ref('openstack:load-balancer', id), 'loadbalancers', 'leaks')
          : partOf(ref('openstack:load-balancer', id), 'loadbalancers', true),
      ),
      data: { protocol: raw.protocol ?? null, loadBalancer: holders[0] ?? '' },
    }
  },
  async remove(io, it) {
    await io.client.send(io, 'load-balancer', 'DELETE', `/lbaas/pools/${it.id}`)
  },
  oneAtATime: (it) => it.data.loadBalancer,
  manual: (it) => cli('loadbalancer', 'pool', 'delete', it.id),
  latency: { typicalMs: 5_000, worstMs: 120_000 }, // worst: octavia-tempest-plugin, [load_balancer] check_timeout
})
