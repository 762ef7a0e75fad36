import { dependsOn, type Find, type Io, partOf, ref } from '@cleardown/core'
import { type OpenStack, read } from '../client.ts'
import { guarded } from '../neutron.ts'
import { byAlias, cli, type OpenStackKind, openstackKind, rowsBy, rowsOf } from '../openstack-kind.ts'
import { type Interface, interfacesOf, towards } from '../router-interfaces.ts'
import { changeRoute, type RouterRow, routeId, routerOf, routerRef } from '../routes.ts'

interface Raw {
  readonly router: string
  readonly account: string | null
  readonly destination: string
  readonly nexthop: string
  /** Where its next hop lies, where that was looked up. */
  readonly through?: { readonly port: string; readonly subnet: string }
}

const routers = { service: 'network', path: '/routers', field: 'routers', one: 'router' } as const
const byId = rowsBy<RouterRow>(routers, 'id')

const routesOf = ({ id, project_id, routes }: RouterRow): Raw[] =>
  (routes ?? []).map(({ destination, nexthop }) => ({ router: id, account: project_id ?? null, destination, nexthop }))

const withHops = (interfaces: readonly Interface[], route: Raw): Raw => {
  const through = towards(interfaces, route.router, route.nexthop)
  return through ? { ...route, through } : route
}

async function* routesIn(io: Io<OpenStack>, rows: AsyncIterable<RouterRow>): AsyncGenerator<Raw, void> {
  const found = (await Array.fromAsync(rows)).flatMap(routesOf)
  const interfaces = found.length > 0 ? await interfacesOf(io) : []
  for (const route of found) yield withHops(interfaces, route)
}

const ids: Find<OpenStack, Raw> = (io, values) => routesIn(io, byId(io, values.map(routerOf)))

/** An extra route of a router. The interface towards its next hop cannot be removed while it is there. */
export const route: OpenStackKind = openstackKind({
  name: 'openstack:route',
  service: 'network',
  link: true,
  uses: ['openstack:router', 'openstack:router-interface'],
  find: { all: (io) => guarded<Raw>('extraroute', (way) => routesIn(way, rowsOf(way, routers)))(io, []), ids },
  async read(io, id) {
    const row = await read<RouterRow>(io, 'network', `/routers/${routerOf(id)}`, 'router')
    return row && routesOf(row).find((one) => routeId(one.router, one) === id)
  },
  facts: (raw: Raw) => ({
    id: routeId(raw.router, raw),
    ...(raw.account ? { account: raw.account } : {}),
    incarnation: routeId(raw.router, raw),
    phase: 'steady',
    state: 'set',
    relations: [
      partOf(routerRef(raw.router), 'routes', true),
      ...(raw.through ? [dependsOn(ref('openstack:router-interface', raw.through.port), 'routes.nexthop')] : []),
    ],
    evidence: raw.through
      ? [
          {
            rule: 'leads-into-subnet-of-ours',
            says: 'ours',
            strength: 'proof',
            field: 'routes.nexthop',
            value: raw.nexthop,
            through: byAlias('subnet', raw.through.subnet),
          },
        ]
      : [],
    data: { router: raw.router, destination: raw.destination, nexthop: raw.nexthop },
  }),
  remove: (io, it) => changeRoute(io, 'remove', it.data.router, hopOf(it.data)),
  restore: (io, it) => changeRoute(io, 'add', it.data.router, hopOf(it.data)),
  oneAtATime: (it) => it.data.router,
  manual: (it) =>
    cli(
      'router',
      'remove',
      'route',
      '--route',
      `destination=${it.data.destination},gateway=${it.data.nexthop}`,
      it.data.router,
    ),
  latency: { typicalMs: 1_000, worstMs: 30_000 }, // at once
})

const hopOf = ({ destination, nexthop }: { destination: string; nexthop: string }) => ({ destination, nexthop })
