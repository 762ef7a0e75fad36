import type { InstanceProfile, Tag } from '@aws-sdk/client-iam'
import type { Io } from '@cleardown/core'
import { type AwsKind, awsKind, cli, createdAt, marksOf, type Sure, unlessGone } from '../aws-kind.ts'
import { type Aws, pages, send } from '../client.ts'

type Raw = Sure<InstanceProfile, 'InstanceProfileName' | 'InstanceProfileId' | 'Arn'> & {
  readonly tags?: readonly Tag[]
}

async function tagged(io: Io<Aws>, raw: Raw): Promise<Raw> {
  const tags = await unlessGone(
    Array.fromAsync(
      pages<Tag>(io, 'iam', 'ListInstanceProfileTags', { InstanceProfileName: raw.InstanceProfileName }, 'Tags'),
    ),
  )
  return { ...raw, tags: tags ?? [] }
}

/** Karpenter makes profiles `<cluster>_<number>`, later ones under a path of their own. Only for these is a question each worth it. */
const byKarpenter = ({ Path, InstanceProfileName }: Raw): boolean =>
  (Path ?? '').startsWith('/karpenter/') || /_\w{6,20}$/.test(InstanceProfileName)

export const instanceProfile: AwsKind = awsKind({
  name: 'aws:instance-profile',
  service: 'iam',
  place: 'global',
  uses: [],
  find: { all: (io) => pages<Raw>(io, 'iam', 'ListInstanceProfiles', { MaxItems: 1000 }, 'InstanceProfiles') },
  labels: (io, found) => Promise.all(found.filter(byKarpenter).map((raw) => tagged(io, raw))),
  more: (io, found) => Promise.all(found.map((raw) => (raw.tags ? raw : tagged(io, raw)))),
  read: async (io, name) =>
    (await unlessGone(send(io, 'iam', 'GetInstanceProfile', { InstanceProfileName: name })))?.InstanceProfile as
      | Raw
      | undefined,
  facts: (raw) => ({
    id: raw.InstanceProfileName,
    ...marksOf(raw.tags ?? raw.Tags),
    name: raw.InstanceProfileName,
    aliases: [raw.Arn],
    incarnation: raw.InstanceProfileId,
    phase: 'steady',
    state: 'available',
    ...createdAt(raw.CreateDate),
    relations: [],
    data: { path: raw.Path ?? '/' },
  }),
  async remove(io, it) {
    await send(io, 'iam', 'DeleteInstanceProfile', { InstanceProfileName: it.id })
  },
  manual: (it) => cli('iam', 'delete-instance-profile', { 'instance-profile-name': it.id }),
  latency: { typicalMs: 1_000, worstMs: 30_000 }, // at once
})
