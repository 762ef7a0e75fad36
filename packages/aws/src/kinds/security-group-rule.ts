import type { IpPermission, SecurityGroupRule } from '@aws-sdk/client-ec2'
import { dependsOn, type Evidence, type Io, partOf, ref } from '@cleardown/core'
import { type AwsKind, awsKind, cli, marksOf, type Placed, type Sure, unlessGone } from '../aws-kind.ts'
import { type Aws, send } from '../client.ts'
import { ec2By, ec2Rows } from '../ec2.ts'

type Any = Sure<SecurityGroupRule, 'SecurityGroupRuleId' | 'GroupId'>
type Rule = Any & Placed & { readonly ReferencedGroupInfo: { readonly GroupId: string } }

const op = 'DescribeSecurityGroupRules'
const field = 'SecurityGroupRules'
const byId = ec2By<Any>(op, field, 'security-group-rule-id')
const byHolder = ec2By<Any>(op, field, 'group-id')

/** A rule that names its own group, an address range or a group of another account holds nothing of ours. */
function holds(rule: Any & Placed): rule is Rule {
  const { GroupId, UserId } = rule.ReferencedGroupInfo ?? {}
  const foreign = UserId !== undefined && rule.GroupOwnerId !== undefined && UserId !== rule.GroupOwnerId
  return GroupId !== undefined && GroupId !== rule.GroupId && !foreign
}

async function* holding(rows: AsyncIterable<Any & Placed>): AsyncGenerator<Rule, void, undefined> {
  for await (const row of rows) if (holds(row)) yield row
}

/** Rules have no filter for the group that they name; the groups that hold such rules have. */
async function* naming(io: Io<Aws>, groups: readonly string[]): AsyncGenerator<Rule, void, undefined> {
  const holders = new Set(groups)
  for (const filter of ['ip-permission.group-id', 'egress.ip-permission.group-id'])
    for await (const { GroupId } of ec2By<{ GroupId: string }>(
      'DescribeSecurityGroups',
      'SecurityGroups',
      filter,
    )(io, groups))
      holders.add(GroupId)
  yield* holding(byHolder(io, [...holders]))
}

/** Written by the controllers of a cluster into the groups of its nodes, for the group of a load balancer. */
const controllerRule = /^(elbv2\.k8s\.aws\/targetGroupBinding|kubernetes\.io\/rule\/nlb\/)/

/** Only rules that name another group: those hold it (VPC User Guide, security group rules: a named group cannot be deleted). */
export const securityGroupRule: AwsKind = awsKind({
  name: 'aws:security-group-rule',
  service: 'ec2',
  link: true,
  uses: ['aws:security-group'],
  find: {
    all: (io) => holding(ec2Rows<Any>(io, op, field)),
    ids: (io, ids) => holding(byId(io, ids)),
    using: { 'aws:security-group': naming },
  },
  async read(io, id) {
    const answer = await unlessGone(send(io, 'ec2', op, { SecurityGroupRuleIds: [id] }))
    const found = answer?.SecurityGroupRules?.[0] as Any | undefined
    const raw = found && { ...found, Region: io.place }
    return raw && holds(raw) ? raw : undefined
  },
  facts: (raw) => {
    const marks = marksOf(raw.Tags)
    const named = raw.ReferencedGroupInfo.GroupId
    const hint: Evidence[] = controllerRule.test(raw.Description ?? '')
      ? [
          {
            rule: 'controller-rule',
            says: 'ours',
            strength: 'hint',
            field: 'Description',
            value: raw.Description ?? '',
            through: ref('aws:security-group', named),
          },
        ]
      : []
    const permission = {
      protocol: raw.IpProtocol ?? '-1',
      from: raw.FromPort ?? null,
      to: raw.ToPort ?? null,
      description: raw.Description ?? null,
    }
    return {
      id: raw.SecurityGroupRuleId,
      ...marks,
      aliases: [ruleAlias(raw.GroupId, raw.IsEgress ?? false, named, permission)],
      evidence: [...(marks.evidence ?? []), ...hint],
      incarnation: raw.SecurityGroupRuleId,
      phase: 'steady',
      state: raw.IsEgress ? 'egress' : 'ingress',
      relations: [
        partOf(ref('aws:security-group', raw.GroupId), 'GroupId', true),
        dependsOn(ref('aws:security-group', named), 'ReferencedGroupInfo.GroupId'),
      ],
      data: { region: raw.Region, group: raw.GroupId, named, egress: raw.IsEgress ?? false, ...permission },
    }
  },
  async remove(io, it) {
    const rule = { GroupId: it.data.group, SecurityGroupRuleIds: [it.id] }
    if (it.data.egress) await send(io, 'ec2', 'RevokeSecurityGroupEgress', rule)
    else await send(io, 'ec2', 'RevokeSecurityGroupIngress', rule)
  },
  async restore(io, it) {
    const { group, named, egress, protocol, from, to, description } = it.data
    const permission: IpPermission = {
      IpProtocol: protocol,
      ...(from === null ? {} : { FromPort: from }),
      ...(to === null ? {} : { ToPort: to }),
      UserIdGroupPairs: [{ GroupId: named, ...(description === null ? {} : { Description: description }) }],
    }
    const rule = { GroupId: group, IpPermissions: [permission] }
    if (egress) await send(io, 'ec2', 'AuthorizeSecurityGroupEgress', rule)
    else await send(io, 'ec2', 'AuthorizeSecurityGroupIngress', rule)
  },
  manual: (it) =>
    cli(
      'ec2',
      it.data.egress ? 'revoke-security-group-egress' : 'revoke-security-group-ingress',
      { 'group-id': it.data.group, 'security-group-rule-ids': it.id },
      it.data.region,
    ),
  latency: { typicalMs: 1_000, worstMs: 30_000 }, // at once
})

interface Permission {
  readonly protocol: string
  readonly from: number | null
  readonly to: number | null
}

/** What a stack's template says of a rule, where its physical id is not the rule's. */
export const ruleAlias = (group: string, egress: boolean, named: string, { protocol, from, to }: Permission): string =>
  `security-group-rule:${group}/${egress ? 'egress' : 'ingress'}/${protocol}/${from ?? -1}-${to ?? -1}/${named}`
