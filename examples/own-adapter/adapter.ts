import {
  type Adapter,
  defineKind,
  dependsOn,
  type Facts,
  type Failure,
  type FailureCode,
  type Kind,
  type KindName,
  type OwnershipRule,
  type Ref,
  RefusedError,
  ref,
  type Session,
} from '@cleardown/core'
import { type Disk, type Entry, openDisk } from './disk.ts'

export interface DiskOptions {
  /** Absolute path of the folder that stands for the disk. */
  readonly root: string
  /** Connecting to a disk of another name is refused. */
  readonly expectedDisk?: string
  /** Told of each request that is sent; for tests. */
  readonly onRequest?: () => void
}

/** Folders, files and links below one folder. What stands in the root are environments: the folder `ci-1` and all in it are of `ci-1`. */
export function disk({ root, expectedDisk, onRequest }: DiskOptions): Adapter {
  return {
    name: 'disk',
    version: '1.0.0',
    failure,
    async connect(io): Promise<Session<Disk>> {
      const client = openDisk(root, onRequest)
      const account = await client.whoAmI(io).catch((cause: unknown) => {
        io.signal.throwIfAborted()
        throw new RefusedError('unreachable', `${root} is no disk: it has no file .disk with its name`, { cause })
      })
      if (expectedDisk !== undefined && account !== expectedDisk)
        throw new RefusedError('wrong-account', `${root} is the disk ${account}, expected is ${expectedDisk}`)
      return {
        identity: { account, principal: `pid ${process.pid}`, places: ['here'], needs: [] },
        client,
        kinds: [folder, file, link],
        ownership,
        failure,
      }
    },
  }
}

const source = 'examples/own-adapter/README.md, version 1'
/** The folder of this very name, and all whose path begins with it. */
const ownership: readonly OwnershipRule[] = [
  {
    rule: 'environment-folder',
    source,
    on: 'name',
    kinds: ['disk:folder'],
    says: 'ours',
    strength: 'proof',
    mark: (word, value) => (word === 'cluster' ? value : undefined),
  },
  {
    rule: 'environment-path',
    source,
    on: 'tag',
    says: 'ours',
    strength: 'proof',
    mark: (word, value) => (word === 'cluster' ? `environment=${value}` : undefined),
    other: (mark) => (mark.startsWith('environment=') ? mark.slice('environment='.length) : undefined),
  },
]

const names = { folder: 'disk:folder', file: 'disk:file', link: 'disk:link' } as const satisfies Record<
  Entry['type'],
  KindName
>

/** Finds and reads in the same way for every type of entry. */
const ways = (type: Entry['type']): Required<Pick<Kind<Disk, Entry>, 'find' | 'read'>> => ({
  find: {
    async *all(io) {
      for (const environment of await io.client.environments(io))
        for (const entry of await io.client.page(io, environment)) if (entry.type === type) yield entry
    },
  },
  async read(io, id) {
    const entry = await io.client.look(io, id)
    return entry?.type === type ? entry : undefined
  },
})

/** What is the same for every type of entry. Folders are not emptied by their removal, so what is in one uses it. */
function common(entry: Entry): Omit<Facts, 'data'> {
  const [environment = '', ...below] = entry.path.split('/')
  const parent: Ref = ref(names.folder, entry.path.slice(0, entry.path.lastIndexOf('/')))
  return {
    id: entry.path,
    name: entry.path,
    incarnation: entry.inode,
    phase: 'steady',
    state: 'present',
    createdAt: new Date(entry.createdMs).toISOString(),
    tags: { environment },
    relations: below.length > 0 ? [dependsOn(parent, 'parent folder')] : [],
  }
}

const kind = defineKind<Disk>()
const atOnce = { typicalMs: 5, worstMs: 1_000 } // a local file system answers when it is done

const folder = kind<Entry, { lock: string | null }>({
  name: names.folder,
  service: 'disk',
  uses: [names.folder],
  ...ways('folder'),
  facts: (entry) => ({
    ...common(entry),
    ...(entry.lock === undefined
      ? {}
      : { protections: [{ id: 'lock', liftable: true, says: `its file .lock: ${entry.lock}` }] }),
    data: { lock: entry.lock ?? null },
  }),
  remove: (io, it) => io.client.removeFolder(io, it.id),
  unprotect: {
    before: (it) => it.data.lock ?? undefined,
    apply: (io, it) => io.client.unlock(io, it.id),
    undo: (io, it, before) => io.client.lock(io, it.id, String(before)),
  },
  manual: (it) => `rmdir '${it.id}'`,
  latency: atOnce,
})

const file = kind<Entry, null>({
  name: names.file,
  service: 'disk',
  uses: [names.folder],
  ...ways('file'),
  facts: (entry) => ({ ...common(entry), data: null }),
  remove: (io, it) => io.client.removeFile(io, it.id),
  manual: (it) => `rm '${it.id}'`,
  latency: atOnce,
})

/** Nobody refuses the removal of what a link names, but a link that leads nowhere is an error for whoever follows it: it goes first. */
const link = kind<Entry, null>({
  name: names.link,
  service: 'disk',
  uses: [names.folder, names.file],
  ...ways('link'),
  facts(entry) {
    const { relations, ...told } = common(entry)
    const { target } = entry
    const named = target ? [dependsOn(ref(names[target.type], target.path), 'target', 'leaks')] : []
    return { ...told, relations: [...relations, ...named], data: null }
  },
  remove: (io, it) => io.client.removeFile(io, it.id),
  manual: (it) => `rm '${it.id}'`,
  latency: atOnce,
})

/** The words of the file system: errno(3). */
export const failureCodes: Readonly<Record<string, FailureCode>> = {
  ENOENT: 'gone',
  ENOTDIR: 'gone', // a folder above it has become a file
  ENOTEMPTY: 'blocked',
  EEXIST: 'blocked', // what some systems say for ENOTEMPTY
  EBUSY: 'conflict',
  EMFILE: 'throttled',
  EIO: 'transient',
  EACCES: 'denied',
  EPERM: 'denied',
  EROFS: 'denied',
  EINVAL: 'invalid',
  ENAMETOOLONG: 'invalid',
}

const failure: Session['failure'] = (error, { it }): Failure => {
  const providerCode = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
  const message = error instanceof Error ? error.message : typeof error
  const code = Object.hasOwn(failureCodes, providerCode) ? failureCodes[providerCode] : undefined
  // a locked folder is never empty: its lock is in it
  if (code === 'blocked' && it?.protections?.length) return { code: 'protected', providerCode, message }
  return { code: code ?? 'unknown', providerCode, message }
}
