import type { Stack } from '@aws-sdk/client-cloudformation'
import { dependsOn, type Io, type Phase, partOf, ref, usedBy, whole } from '@cleardown/core'
import {
  type AwsKind,
  awsKind,
  cli,
  createdAt,
  iso,
  marksOf,
  regionOf,
  roleRef,
  type Sure,
  unlessGone,
} from '../aws-kind.ts'
import { type Aws, pages, send } from '../client.ts'
import { isLive, type Member, refsOf } from '../stack-members.ts'
import { isRetained, resourcesOf, type TemplateResources } from '../stack-template.ts'

interface Raw extends Sure<Stack, 'StackId' | 'StackName' | 'StackStatus'> {
  readonly members?: readonly Member[]
  readonly template?: TemplateResources
  readonly importers?: readonly { readonly stack: string; readonly name: string }[]
}

const membersOf = (io: Io<Aws>, stack: string): Promise<Member[]> =>
  Array.fromAsync(
    pages<Member>(io, 'cloudformation', 'ListStackResources', { StackName: stack }, 'StackResourceSummaries'),
  )

/** Who imports an export; AWS calls an export that nobody imports an error. */
async function importersOf(io: Io<Aws>, name: string): Promise<{ stack: string; name: string }[]> {
  try {
    const stacks = await Array.fromAsync(
      pages<string>(io, 'cloudformation', 'ListImports', { ExportName: name }, 'Imports'),
    )
    return stacks.map((stack) => ({ stack, name }))
  } catch (error) {
    if (error instanceof Error && /not imported by any stack|does not exist/.test(error.message)) return []
    throw error
  }
}

async function lookInto(io: Io<Aws>, raw: Raw): Promise<Raw> {
  const exported = (raw.Outputs ?? []).flatMap(({ ExportName }) => ExportName ?? [])
  const [members, answer, importers] = await Promise.all([
    unlessGone(membersOf(io, raw.StackId)),
    unlessGone(send(io, 'cloudformation', 'GetTemplate', { StackName: raw.StackId, TemplateStage: 'Processed' })),
    Promise.all(exported.map((name) => importersOf(io, name))),
  ])
  if (!members) return raw
  return {
    ...raw,
    members,
    template: answer?.TemplateBody ? resourcesOf(answer.TemplateBody) : {},
    importers: importers.flat(),
  }
}

export const stack: AwsKind = awsKind({
  name: 'aws:stack',
  service: 'cloudformation',
  uses: ['aws:stack', 'aws:role'],
  find: { all: (io) => pages<Raw>(io, 'cloudformation', 'DescribeStacks', {}, 'Stacks') },
  /** By stack id: a deleted one can be read for 90 days. */
  read: async (io, id) =>
    (await unlessGone(send(io, 'cloudformation', 'DescribeStacks', { StackName: id })))?.Stacks?.[0] as Raw | undefined,
  more: (io, found) => Promise.all(found.map((raw) => lookInto(io, raw))),
  facts: (raw) => {
    const live = (raw.members ?? []).filter(isLive)
    const kept = live.filter((member) => isRetained(raw.template?.[member.LogicalResourceId] ?? {}))
    const parts = live
      .filter((member) => !kept.includes(member))
      .map((member) => ({ member, refs: refsOf(member, live, raw.template ?? {}) }))
    const importers = new Map((raw.importers ?? []).map((one) => [one.stack, one.name]))
    const region = regionOf(raw.StackId)
    const since = iso(raw.DeletionTime ?? raw.LastUpdatedTime)
    const marks = marksOf(raw.Tags)
    return {
      id: raw.StackId,
      ...marks,
      name: raw.StackName,
      aliases: [raw.StackId, `stack:${region}/${raw.StackName}`],
      incarnation: raw.StackId,
      phase: phaseOf(raw.StackStatus),
      state: raw.StackStatus,
      ...(since ? { since } : {}),
      ...createdAt(raw.CreationTime),
      relations: [
        ...parts.flatMap(({ member, refs }) =>
          refs.map((one) => whole(one, `stack member ${member.LogicalResourceId}`)),
        ),
        ...(raw.ParentId ? [partOf(ref('aws:stack', raw.ParentId), 'ParentId')] : []),
        ...(raw.RoleARN ? [dependsOn(roleRef(raw.RoleARN), 'RoleARN')] : []),
        ...[...importers].map(([name, output]) => usedBy({ alias: `stack:${region}/${name}` }, `imports ${output}`)),
      ],
      protections: raw.EnableTerminationProtection
        ? [{ id: 'EnableTerminationProtection', liftable: true, says: 'termination protection of the stack' }]
        : [],
      data: {
        region,
        reason: raw.StackStatusReason ?? null,
        failed: live
          .filter((one) => one.ResourceStatus === 'DELETE_FAILED')
          .map((one) => `${one.LogicalResourceId}: ${one.ResourceStatusReason ?? ''}`),
        retained: kept.map(describe),
        unmapped: parts.filter(({ refs }) => refs.length === 0).map(({ member }) => describe(member)),
      },
    }
  },
  /** AWS takes RetainResources only of a stack whose deletion has failed, so the first deletion is always a whole one. */
  async remove(io, it, how) {
    const except = new Set(how?.except ?? [])
    const retain = except.size > 0 && it.state === 'DELETE_FAILED' ? await logicalIds(io, it.id, except) : []
    await send(io, 'cloudformation', 'DeleteStack', {
      StackName: it.id,
      ...(retain.length > 0 ? { RetainResources: retain } : {}),
    })
  },
  unprotect: {
    before: (it) => (it.protections?.length ? true : undefined),
    apply: async (io, it) =>
      void (await send(io, 'cloudformation', 'UpdateTerminationProtection', {
        StackName: it.id,
        EnableTerminationProtection: false,
      })),
    undo: async (io, it) =>
      void (await send(io, 'cloudformation', 'UpdateTerminationProtection', {
        StackName: it.id,
        EnableTerminationProtection: true,
      })),
  },
  manual: (it) => cli('cloudformation', 'delete-stack', { 'stack-name': it.id }, it.data.region),
  latency: { typicalMs: 600_000, worstMs: 3_600_000 }, // a stack with a cluster: 10 to 15 min (eksctl-io/eksctl#1651); AWS itself gives up after an hour on a member
})

function phaseOf(status: string): Phase {
  if (status === 'DELETE_COMPLETE') return 'gone'
  if (status === 'DELETE_IN_PROGRESS') return 'going'
  if (status === 'DELETE_FAILED') return 'failed'
  // One that is being created, or waits for its first change set, may be deleted; while it is updated it may not.
  if (status === 'CREATE_IN_PROGRESS' || status === 'REVIEW_IN_PROGRESS') return 'steady'
  return status.endsWith('_IN_PROGRESS') ? 'changing' : 'steady'
}

const describe = ({ LogicalResourceId, ResourceType, PhysicalResourceId }: Member): string =>
  `${LogicalResourceId} (${ResourceType} ${PhysicalResourceId})`

/** From ids of members to what CloudFormation calls them. What is deleted already may not be named (rebuy-de/aws-nuke#270). */
async function logicalIds(io: Io<Aws>, stackId: string, except: ReadonlySet<string>): Promise<string[]> {
  const members = (await membersOf(io, stackId)).filter(isLive)
  return members
    .filter(
      (member) =>
        except.has(member.PhysicalResourceId ?? '') ||
        refsOf(member, members, {}).some((one) => 'id' in one && except.has(one.id)),
    )
    .map((member) => member.LogicalResourceId)
}
