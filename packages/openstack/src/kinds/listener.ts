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

interface Listener extends Row {
  readonly provisioning_status: string
  readonly updated_at?: string | null
  readonly protocol?: string
  readonly protocol_port?: number
  readonly default_pool_id?: string | null
  readonly loadbalancers?: readonly { readonly id: string }[]
}

const listeners: Collection<Listener> = {
  service: 'load-balancer',
  path: '/lbaas/listeners',
  field: 'listeners',
  one: 'listener',
}

const all = (io: Io<OpenStack>): AsyncGenerator<Apart<Listener>, void, undefined> =>
  beside(io, listeners, loadBalancers, ({ loadbalancers }) => loadbalancers?.[0]?.id)

/** Goes with its load balancer; out of a shared one it goes by itself. */
export const listener: OpenStackKind = openstackKind({
  name: 'openstack:listener',
  uses: ['openstack:load-balancer', 'openstack:pool'],
  ...listed<Apart<Listener>>(listeners),
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
      relations: [
        ...holders.map((id) =>
          raw.apart
            ? dependsOn(ref('openstack:load-balancer', id), 'loadbalancers', 'leaks')
            : partOf(ref('openstack:load-balancer', id), 'loadbalancers', true),
        ),
        ...(raw.default_pool_id
          ? [dependsOn(ref('openstack:pool', raw.default_pool_id), 'default_pool_id', 'leaks')]
          : []),
      ],
      data: { port: raw.protocol_port ?? null, protocol: raw.protocol ?? null, loadBalancer: holders[0] ?? '' },
    }
  },
  async remove(io, it) {
    await io.client.send(io, 'load-balancer', 'DELETE', `/lbaas/listeners/${it.id}`)
  },
  /** Each change makes the whole load balancer immutable for a while. */
  oneAtATime: (it) => it.data.loadBalancer,
  manual: (it) => cli('loadbalancer', 'listener', 'delete', it.id),
  latency: { typicalMs: 5_000, worstMs: 120_000 }, // worst: octavia-tempest-plugin, [load_balancer] check_timeout
})
