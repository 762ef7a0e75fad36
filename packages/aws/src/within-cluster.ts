import type { Find, Io, Kind } from '@cleardown/core'
import { unlessGone } from './aws-kind.ts'
import { type Aws, pages } from './client.ts'

/** `cluster/name`, as CloudFormation writes the physical ids of nodegroups. */
export function splitId(id: string): { readonly clusterName: string; readonly name: string } {
  const at = id.indexOf('/')
  return { clusterName: id.slice(0, at), name: id.slice(at + 1) }
}

/** What lives in a cluster is listed by name for each cluster, then described one by one: EKS has no other way. */
export function inClusters<R>(
  list: string,
  field: string,
  describe: (io: Io<Aws>, clusterName: string, name: string) => Promise<R | undefined>,
): Required<Pick<Kind<Aws, R>, 'find' | 'read'>> {
  async function* within(
    io: Io<Aws>,
    clusters: AsyncIterable<string> | Iterable<string>,
  ): AsyncGenerator<R, void, undefined> {
    for await (const clusterName of clusters) {
      const names = await unlessGone(
        Array.fromAsync(pages<string>(io, 'eks', list, { clusterName, maxResults: 100 }, field)),
      )
      for (const name of names ?? []) {
        const raw = await describe(io, clusterName, name)
        if (raw) yield raw
      }
    }
  }
  const read = (io: Io<Aws>, id: string): Promise<R | undefined> => {
    const { clusterName, name } = splitId(id)
    return describe(io, clusterName, name)
  }
  const ids: Find<Aws, R> = async function* (io, some) {
    for (const id of some) {
      const raw = await read(io, id)
      if (raw) yield raw
    }
  }
  return {
    find: {
      all: (io) => within(io, pages<string>(io, 'eks', 'ListClusters', { maxResults: 100 }, 'clusters')),
      ids,
      using: { 'aws:eks-cluster': within },
    },
    read,
  }
}
