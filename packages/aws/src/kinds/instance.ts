import type { Instance } from '@aws-sdk/client-ec2'
import {
  dependsOn,
  type Find,
  type Io,
  type Phase,
  partOf,
  type Relation,
  ref,
  restoredBy,
  whole,
} from '@cleardown/core'
import {
  type AwsKind,
  awsKind,
  cli,
  createdAt,
  marksOf,
  operated,
  type Placed,
  profileRef,
  type Sure,
  unlessGone,
} from '../aws-kind.ts'
import { type Aws, send } from '../client.ts'
import { ec2By, ec2Rows } from '../ec2.ts'

type Raw = Sure<Instance, 'InstanceId'> & Placed & { readonly account?: string; readonly protected?: boolean }
interface Reservation {
  readonly OwnerId?: string
  readonly Instances?: readonly Sure<Instance, 'InstanceId'>[]
}

const phases: Readonly<Record<string, Phase>> = { 'shutting-down': 'going', terminated: 'gone' }
const op = 'DescribeInstances'
const field = 'Reservations'

async function* instancesOf(rows: AsyncIterable<Reservation & Placed>): AsyncGenerator<Raw, void, undefined> {
  for await (const { OwnerId, Instances, Region } of rows)
    for (const instance of Instances ?? []) yield { ...instance, Region, ...(OwnerId ? { account: OwnerId } : {}) }
}
const by = (filter: string): Find<Aws, Raw> => {
  const reservations = ec2By<Reservation>(op, field, filter)
  return (io, values) => instancesOf(reservations(io, values))
}

const protection = 'disableApiTermination'
const setProtection = (io: Io<Aws>, id: string, on: boolean): Promise<unknown> =>
  send(io, 'ec2', 'ModifyInstanceAttribute', { InstanceId: id, DisableApiTermination: { Value: on } })

export const instance: AwsKind = awsKind({
  name: 'aws:instance',
  service: 'ec2',
  uses: [
    'aws:subnet',
    'aws:security-group',
    'aws:instance-profile',
    'aws:auto-scaling-group',
    'aws:volume',
    'aws:eks-cluster',
  ],
  find: {
    all: (io) => instancesOf(ec2Rows<Reservation>(io, op, field)),
    ids: by('instance-id'),
    using: { 'aws:subnet': by('subnet-id'), 'aws:security-group': by('instance.group-id'), 'aws:vpc': by('vpc-id') },
  },
  async read(io, id): Promise<Raw | undefined> {
    const answer = await unlessGone(send(io, 'ec2', op, { InstanceIds: [id] }))
    const { OwnerId, Instances } = answer?.Reservations?.[0] ?? {}
    const found = Instances?.[0] as Sure<Instance, 'InstanceId'> | undefined
    return found && { ...found, Region: io.place, ...(OwnerId ? { account: OwnerId } : {}) }
  },
  more: (io, found) =>
    Promise.all(
      found.map(async (raw) => {
        const answer = await unlessGone(
          send(io, 'ec2', 'DescribeInstanceAttribute', { InstanceId: raw.InstanceId, Attribute: protection }),
        )
        return { ...raw, protected: answer?.DisableApiTermination?.Value ?? false }
      }),
    ),
  facts: (raw) => {
    const marks = marksOf(raw.Tags)
    const { fixed, relations } = operated(raw, marks.tags)
    const state = raw.State?.Name ?? 'running'
    return {
      id: raw.InstanceId,
      ...marks,
      aliases: [`instance:${raw.InstanceId}`],
      ...(raw.account ? { account: raw.account } : {}),
      incarnation: raw.InstanceId,
      phase: phases[state] ?? 'steady',
      state,
      ...createdAt(raw.LaunchTime),
      ...(fixed ? { fixed } : {}),
      relations: [...relations, ...relationsOf(raw, marks.tags)],
      protections: raw.protected
        ? [{ id: protection, liftable: true, says: 'termination protection of the instance' }]
        : [],
      data: { region: raw.Region, type: raw.InstanceType ?? '', protected: raw.protected ?? false },
    }
  },
  async remove(io, it) {
    await send(io, 'ec2', 'TerminateInstances', { InstanceIds: [it.id] })
  },
  unprotect: {
    before: (it) => (it.data.protected ? true : undefined),
    apply: async (io, it) => void (await setProtection(io, it.id, false)),
    undo: async (io, it) => void (await setProtection(io, it.id, true)),
  },
  manual: (it) => cli('ec2', 'terminate-instances', { 'instance-ids': it.id }, it.data.region),
  latency: { typicalMs: 60_000, worstMs: 300_000 }, // 0.5 to 3 min, longer where the system shuts down slowly
})

/** Told here although its interfaces tell most of it too: an instance must hold what it uses where interfaces could not be listed. */
function relationsOf(raw: Raw, tags: Readonly<Record<string, string>>): Relation[] {
  const group = tags['aws:autoscaling:groupName']
  const profile = raw.IamInstanceProfile?.Arn
  return [
    ...(raw.SubnetId ? [dependsOn(ref('aws:subnet', raw.SubnetId), 'SubnetId')] : []),
    ...(raw.SecurityGroups ?? []).flatMap(({ GroupId }) =>
      GroupId ? [dependsOn(ref('aws:security-group', GroupId), 'SecurityGroups')] : [],
    ),
    ...(profile ? [dependsOn(profileRef(profile), 'IamInstanceProfile', 'leaks')] : []),
    ...(group
      ? [
          partOf(ref('aws:auto-scaling-group', group), 'tag aws:autoscaling:groupName', true),
          restoredBy(ref('aws:auto-scaling-group', group), 'tag aws:autoscaling:groupName'),
        ]
      : []),
    ...(raw.BlockDeviceMappings ?? []).flatMap(({ Ebs }) => {
      if (!Ebs?.VolumeId) return []
      const volume = ref('aws:volume', Ebs.VolumeId)
      return [Ebs.DeleteOnTermination ? whole(volume, 'BlockDeviceMappings') : dependsOn(volume, 'BlockDeviceMappings')]
    }),
  ]
}
