import type { Role, Tag } from '@aws-sdk/client-iam'
import type { Io } from '@cleardown/core'
import { type AwsKind, awsKind, cli, createdAt, marksOf, type Sure, unlessGone } from '../aws-kind.ts'
import { type Aws, pages, send } from '../client.ts'

type Raw = Sure<Role, 'RoleName' | 'RoleId' | 'Arn'> & { readonly tags?: readonly Tag[] }

/** The listing has no tags and IAM no question for several roles, so tags are looked up only for what is in play. */
async function tagged(io: Io<Aws>, raw: Raw): Promise<Raw> {
  const tags = await unlessGone(
    Array.fromAsync(pages<Tag>(io, 'iam', 'ListRoleTags', { RoleName: raw.RoleName }, 'Tags')),
  )
  return { ...raw, tags: tags ?? [] }
}

export const role: AwsKind = awsKind({
  name: 'aws:role',
  service: 'iam',
  place: 'global',
  uses: [],
  find: { all: (io) => pages<Raw>(io, 'iam', 'ListRoles', { MaxItems: 1000 }, 'Roles') },
  more: (io, found) => Promise.all(found.map((raw) => tagged(io, raw))),
  read: async (io, name) => (await unlessGone(send(io, 'iam', 'GetRole', { RoleName: name })))?.Role as Raw | undefined,
  facts: (raw) => ({
    id: raw.RoleName,
    ...marksOf(raw.tags ?? raw.Tags),
    name: raw.RoleName,
    aliases: [raw.Arn],
    incarnation: raw.RoleId,
    phase: 'steady',
    state: 'available',
    ...createdAt(raw.CreateDate),
    ...(raw.Path?.startsWith('/aws-service-role/')
      ? { fixed: `linked to the service ${raw.Path.split('/')[2] ?? ''}` }
      : {}),
    relations: [],
    data: { path: raw.Path ?? '/' },
  }),
  /**
   * Policies have no life of their own on a role, and IAM refuses to delete a role that has any: this one removal is a sequence. Each call can
   * be repeated; what a run leaves half done, the next one finishes.
   */
  async remove(io, it) {
    const role = { RoleName: it.id }
    const attached = await Array.fromAsync(
      pages<{ PolicyArn: string }>(io, 'iam', 'ListAttachedRolePolicies', role, 'AttachedPolicies'),
    )
    for (const { PolicyArn } of attached) await unlessGone(send(io, 'iam', 'DetachRolePolicy', { ...role, PolicyArn }))
    const inline = await Array.fromAsync(pages<string>(io, 'iam', 'ListRolePolicies', role, 'PolicyNames'))
    for (const PolicyName of inline) await unlessGone(send(io, 'iam', 'DeleteRolePolicy', { ...role, PolicyName }))
    await send(io, 'iam', 'DeleteRole', role)
  },
  manual: (it) =>
    `${cli('iam', 'delete-role', { 'role-name': it.id })} # after detach-role-policy and delete-role-policy for each of its policies`,
  latency: { typicalMs: 2_000, worstMs: 60_000 }, // at once
})
