import type { Io, Ref } from '@cleardown/core'
import { ref } from '@cleardown/core'
import type { OpenStack } from './client.ts'
import type { NeutronRow } from './neutron.ts'

interface Hop {
  readonly destination: string
  readonly nexthop: string
}

export interface RouterRow extends NeutronRow {
  readonly status: string
  readonly external_gateway_info?: { readonly network_id: string } | null
  readonly routes?: readonly Hop[]
}

/** A router may not have the same route twice, so router, destination and next hop are its id. */
export const routeId = (router: string, { destination, nexthop }: Hop): string => `${router}/${destination}/${nexthop}`
export const routerOf = (id: string): string => id.slice(0, id.indexOf('/'))
export const routerRef = (id: string): Ref => ref('openstack:router', id)

/** One route in or out. Without the extension `extraroute-atomic` the whole list is written, guarded by the router's revision. */
export async function changeRoute(
  io: Io<OpenStack>,
  change: 'add' | 'remove',
  router: string,
  hop: Hop,
): Promise<void> {
  const { client } = io
  if ((await client.extensions(io)).has('extraroute-atomic')) {
    await client.send(io, 'network', 'PUT', `/routers/${router}/${change}_extraroutes`, {
      body: { router: { routes: [hop] } },
    })
    return
  }
  const { router: now } = await client.get<{ router: RouterRow }>(io, 'network', `/routers/${router}`)
  const others = (now.routes ?? []).filter((one) => one.destination !== hop.destination || one.nexthop !== hop.nexthop)
  await client.send(io, 'network', 'PUT', `/routers/${router}`, {
    body: { router: { routes: change === 'add' ? [...others, hop] : others } },
    ...(now.revision_number === undefined ? {} : { headers: { 'If-Match': `revision_number=${now.revision_number}` } }),
  })
}
