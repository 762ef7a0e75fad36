import { type Io, type Phase, whole } from '@cleardown/core'
import { HttpError, type OpenStack, ServiceMissingError } from '../client.ts'
import {
  amongIds,
  type Collection,
  cli,
  createdAt,
  marksOf,
  type OpenStackKind,
  openstackKind,
  type Row,
  rowsOf,
  since,
} from '../openstack-kind.ts'
import {
  isLive,
  isNested,
  type Member,
  memberKinds,
  mentionsRetention,
  pathOf,
  refOf,
  retainedIn,
  stackPathOf,
  type Template,
} from '../stack-members.ts'

interface Stack extends Omit<Row, 'name' | 'tags'> {
  readonly stack_name: string
  readonly stack_status: string
  readonly stack_status_reason?: string | null
  readonly creation_time?: string | null
  readonly updated_time?: string | null
  readonly deletion_time?: string | null
  readonly tags?: readonly string[] | null
  readonly project?: string
  readonly members?: readonly Member[]
  /** Only where one stack is read. */
  readonly parameters?: Readonly<Record<string, string>>
  /** Paths of members that outlive the stack. */
  readonly retained?: readonly string[]
}

/** Root stacks only: what is nested is a part and comes among the members. */
const stacks: Collection<Stack> = {
  service: 'orchestration',
  path: '/stacks',
  field: 'stacks',
  one: 'stack',
  project: false,
  owner: (row) => row.project,
}

/** Deeper than an operator would allow (heat.conf, max_nested_stack_depth = 5). */
const everyDepth = 20

const pathTo = ({ stack_name, id }: Pick<Stack, 'stack_name' | 'id'>): string =>
  `/stacks/${encodeURIComponent(stack_name)}/${id}`

/** Magnum calls its stacks `<cluster>-<12 characters>` and says the whole of the cluster only in a parameter (magnum/drivers/heat/driver.py). */
const magnums = /-[a-z0-9]{12}$/

function withParameters(io: Io<OpenStack>, found: readonly Stack[]): Promise<readonly Stack[]> {
  return Promise.all(
    found.map(async (raw) => {
      if (!magnums.test(raw.stack_name)) return raw
      try {
        const query = { resolve_outputs: false }
        const { stack: whole } = await io.client.get<{ stack: Stack }>(io, 'orchestration', pathTo(raw), query)
        return { ...raw, parameters: whole.parameters ?? {} }
      } catch (error) {
        if (error instanceof HttpError && error.status === 404) return raw // gone meanwhile
        throw error
      }
    }),
  )
}

async function lookInto(io: Io<OpenStack>, raw: Stack): Promise<Stack> {
  const at = pathTo(raw)
  const template = (path: string): Promise<Template> => io.client.get(io, 'orchestration', `${path}/template`)
  try {
    const [members, outer, files] = await Promise.all([
      Array.fromAsync(
        io.client.list<Member>(io, 'orchestration', `${at}/resources`, { nested_depth: everyDepth }, 'resources'),
      ),
      template(at),
      io.client.get<Readonly<Record<string, unknown>>>(io, 'orchestration', `${at}/files`),
    ])
    const retained = new Set(retainedIn(outer))
    const keeps = (one: Member): boolean => one.parent_resource === undefined && retained.has(one.resource_name)
    const paths = new Set(members.filter(keeps).map(pathOf))
    if (mentionsRetention(Object.values(files)))
      for (const nested of new Set(members.flatMap((one) => (one.parent_resource && stackPathOf(one)) || []))) {
        const names = new Set(retainedIn(await template(nested)))
        for (const one of members)
          if (stackPathOf(one) === nested && names.has(one.resource_name)) paths.add(pathOf(one))
      }
    return { ...raw, members, retained: [...paths] }
  } catch (error) {
    if (error instanceof HttpError && error.status === 404) return raw // gone meanwhile
    throw error
  }
}

/** Never abandoned: what a stack forgets nobody finds again. */
export const stack: OpenStackKind = openstackKind({
  name: 'openstack:stack',
  service: 'orchestration',
  uses: [],
  find: {
    all: (io) => rowsOf(io, stacks),
    ids: (io, ids) => amongIds(rowsOf(io, stacks), ids),
    // nothing on a member says that it is one, and no filter asks for its stack: each of the project's is looked into
    using: Object.fromEntries(memberKinds.map((kind) => [kind, (io) => rowsOf(io, stacks)])),
  },
  late: memberKinds,
  /** By a filter: the address of one stack has its name in it, and by id alone the service answers with a redirect. */
  async read(io, id): Promise<Stack | undefined> {
    for await (const one of rowsOf(io, stacks, { id })) return one
    return undefined
  },
  labels: withParameters,
  more: (io, found) => Promise.all(found.map((raw) => lookInto(io, raw))),
  facts: (raw) => {
    const { tags, ...rest } = raw
    const marks = marksOf({ ...rest, tags: tags ?? [] })
    const cluster = raw.parameters?.['cluster_uuid']
    const live = (raw.members ?? []).filter((one) => isLive(one) && !isNested(one))
    const retained = new Set(raw.retained ?? [])
    const parts = live.filter((one) => !retained.has(pathOf(one))).map((member) => ({ member, to: refOf(member) }))
    return {
      id: raw.id,
      ...marks,
      name: raw.stack_name,
      tags: { ...marks.tags, ...(cluster ? { 'magnum.cluster': cluster } : {}) },
      incarnation: raw.id,
      phase: phaseOf(raw.stack_status),
      state: raw.stack_status,
      ...since(raw.deletion_time ?? raw.updated_time),
      ...createdAt(raw.creation_time),
      relations: parts.flatMap(({ member, to }) => (to ? [whole(to, `stack member ${pathOf(member)}`)] : [])),
      data: {
        name: raw.stack_name,
        reason: raw.stack_status_reason ?? null,
        failed: live
          .filter((one) => one.resource_status === 'DELETE_FAILED')
          .map((one) => `${pathOf(one)}: ${one.resource_status_reason ?? ''}`),
        retained: live.filter((one) => retained.has(pathOf(one))).map(describe),
        unmapped: parts.filter(({ to }) => to === undefined).map(({ member }) => describe(member)),
      },
    }
  },
  /** A stack whose deletion failed is asked for again with the same call. */
  async remove(io, it, how) {
    if (how?.except?.length)
      throw new ServiceMissingError(
        'orchestration',
        'deletion with exceptions',
        `Heat deletes a stack with all its members, so ${how.except.join(', ')} of stack ${it.data.name} cannot be left out; give them deletion_policy: retain by an update of the stack`,
      )
    await io.client.send(io, 'orchestration', 'DELETE', pathTo({ stack_name: it.data.name, id: it.id }))
  },
  manual: (it) => {
    const remove = cli('stack', 'delete', '--yes', '--wait', it.id)
    return it.state === 'DELETE_FAILED' ? `${cli('stack', 'failures', 'list', '--long', it.id)}; ${remove}` : remove
  },
  latency: { typicalMs: 60_000, worstMs: 3_600_000 }, // worst: heat.conf, stack_action_timeout
})

const describe = (member: Member): string =>
  `${pathOf(member)} (${member.resource_type} ${member.physical_resource_id})`

/** A deletion stops every other action on the stack (heat/engine/service.py, delete_stack), so those do not count as changing. */
function phaseOf(status: string): Phase {
  if (status === 'DELETE_COMPLETE') return 'gone'
  if (status === 'DELETE_IN_PROGRESS') return 'going'
  return status === 'DELETE_FAILED' ? 'failed' : 'steady'
}
