import type { Io } from '@cleardown/core'
import { type OpenStack, read } from '../client.ts'
import {
  amongIds,
  type Collection,
  cli,
  marksOf,
  type OpenStackKind,
  openstackKind,
  type Row,
  rowsOf,
} from '../openstack-kind.ts'

interface ApplicationCredential extends Row {
  readonly expires_at?: string | null
  readonly unrestricted?: boolean
  /** The one that this session works with. */
  readonly inUse?: boolean
  /** This session works with one that may not remove any; told by the listing. */
  readonly locked?: boolean
}

const collection = (io: Io<OpenStack>): Collection<ApplicationCredential> => ({
  service: 'identity',
  path: `/users/${io.client.user}/application_credentials`,
  field: 'application_credentials',
  one: 'application_credential',
  project: false,
})

/** Keystone refuses it to every restricted one (keystone/api/users.py: _check_unrestricted_application_credential). */
async function* own(io: Io<OpenStack>): AsyncGenerator<ApplicationCredential, void, undefined> {
  const rows = await Array.fromAsync(rowsOf(io, collection(io)))
  const inUse = rows.find(({ id }) => id === io.client.applicationCredential)
  const locked = inUse !== undefined && !inUse.unrestricted
  for (const row of rows) yield { ...row, inUse: row === inUse, locked }
}

/** Belongs to a user and one project; those of other users cannot be seen. A restricted one may not remove any, itself included (403). */
export const applicationCredential: OpenStackKind = openstackKind({
  name: 'openstack:application-credential',
  service: 'identity',
  uses: [],
  find: { all: own, ids: (io, ids) => amongIds(own(io), ids) },
  async read(io, id): Promise<ApplicationCredential | undefined> {
    const { service, path, one } = collection(io)
    const row = await read<ApplicationCredential>(io, service, `${path}/${id}`, one)
    return row && { ...row, inUse: row.id === io.client.applicationCredential }
  },
  facts: (raw) => ({
    id: raw.id,
    ...marksOf(raw),
    incarnation: raw.id,
    phase: 'steady',
    state: 'available',
    relations: [],
    ...fixedFor(raw),
    data: { expiresAt: raw.expires_at ?? null, unrestricted: raw.unrestricted ?? false },
  }),
  async remove(io, it) {
    await io.client.send(io, 'identity', 'DELETE', `/users/${io.client.user}/application_credentials/${it.id}`)
  },
  manual: (it) => cli('application', 'credential', 'delete', it.id),
  latency: { typicalMs: 500, worstMs: 30_000 }, // at once
})

function fixedFor({ inUse, locked }: ApplicationCredential): { fixed?: string } {
  if (inUse) return { fixed: 'cleardown works with it: without it the run is blind' }
  return locked ? { fixed: 'cleardown works with a restricted credential, which may not remove any' } : {}
}
