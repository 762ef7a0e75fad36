import { must } from '../../clients.ts'
import { fromGroup } from '../../worlds/making.ts'
import { outcome } from '../bench.ts'
import { type Probe, refusal } from '../probe.ts'

export const groupProbes: Probe[] = [
  refusal({
    rule: 'DeleteSecurityGroup/network-interface',
    fact: 'a group of an interface stays',
    code: 'DependencyViolation',
    async stage({ aws, network, group, interface: makeInterface }) {
      const { vpc, subnet } = await network()
      const GroupId = await group(vpc)
      const NetworkInterfaceId = await makeInterface(subnet, [GroupId])
      return {
        remove: () => aws.ec2.deleteSecurityGroup({ GroupId }),
        unblock: () => aws.ec2.deleteNetworkInterface({ NetworkInterfaceId }),
      }
    },
  }),
  refusal({
    rule: 'DeleteSecurityGroup/referenced',
    fact: 'a group that a rule of another group names stays',
    code: 'DependencyViolation',
    async stage({ aws, vpc, group, allowFrom }) {
      const VpcId = await vpc()
      const [named, naming] = [await group(VpcId), await group(VpcId)]
      await allowFrom(naming, named)
      return {
        remove: () => aws.ec2.deleteSecurityGroup({ GroupId: named }),
        unblock: () => aws.ec2.revokeSecurityGroupIngress({ GroupId: naming, IpPermissions: fromGroup(named, 443) }),
      }
    },
  }),
  refusal({
    rule: 'DeleteSecurityGroup/referenced',
    fact: 'an outbound rule holds the group it names, too',
    code: 'DependencyViolation',
    async stage({ aws, vpc, group }) {
      const VpcId = await vpc()
      const [named, naming] = [await group(VpcId), await group(VpcId)]
      const request = { GroupId: naming, IpPermissions: fromGroup(named, 443) }
      await aws.ec2.authorizeSecurityGroupEgress(request)
      return {
        remove: () => aws.ec2.deleteSecurityGroup({ GroupId: named }),
        unblock: () => aws.ec2.revokeSecurityGroupEgress(request),
      }
    },
  }),
  {
    rule: 'DeleteSecurityGroup/referenced',
    fact: 'of two groups that name each other none can go',
    async observe({ aws, vpc, group, allowFrom }) {
      const VpcId = await vpc()
      const [one, other] = [await group(VpcId), await group(VpcId)]
      await allowFrom(one, other)
      await allowFrom(other, one)
      const remove = (GroupId: string): Promise<string> => outcome(() => aws.ec2.deleteSecurityGroup({ GroupId }))
      return [await remove(one), await remove(other)]
    },
    seen: ['DependencyViolation', 'DependencyViolation'],
    seenWithout: ['ok', 'ok'],
  },
  {
    rule: 'moto',
    fact: 'a group that only names itself goes',
    async observe({ aws, vpc, group, allowFrom }) {
      const GroupId = await group(await vpc())
      await allowFrom(GroupId, GroupId)
      return outcome(() => aws.ec2.deleteSecurityGroup({ GroupId }))
    },
    seen: 'ok',
  },
  refusal({
    rule: 'DeleteSecurityGroup/default',
    fact: 'the default group goes with its VPC only',
    code: 'CannotDelete',
    forGood: true,
    async stage({ aws, vpc }) {
      const Filters = [{ Name: 'vpc-id', Values: [await vpc()] }]
      const { SecurityGroups } = await aws.ec2.describeSecurityGroups({ Filters })
      const GroupId = must(SecurityGroups?.[0]?.GroupId, 'default group')
      return { remove: () => aws.ec2.deleteSecurityGroup({ GroupId }) }
    },
  }),
  {
    rule: 'RevokeSecurityGroup.ingress-by-id',
    fact: 'an inbound rule is revoked by its id, once, and not as an outbound one',
    async observe({ aws, vpc, group }) {
      const VpcId = await vpc()
      const GroupId = await group(VpcId)
      const IpPermissions = fromGroup(await group(VpcId), 443)
      const { SecurityGroupRules } = await aws.ec2.authorizeSecurityGroupIngress({ GroupId, IpPermissions })
      const request = { GroupId, SecurityGroupRuleIds: [must(SecurityGroupRules?.[0]?.SecurityGroupRuleId, 'rule')] }
      return [
        await outcome(() => aws.ec2.revokeSecurityGroupIngress(request)),
        await outcome(() => aws.ec2.revokeSecurityGroupIngress(request)),
      ]
    },
    seen: ['ok', 'InvalidSecurityGroupRuleId.NotFound'],
    seenWithout: ['ok', 'InvalidPermission.NotFound'],
  },
  {
    rule: 'RevokeSecurityGroup.egress-by-id',
    fact: 'an outbound rule is revoked by its id, once',
    async observe({ aws, vpc, group }) {
      const VpcId = await vpc()
      const GroupId = await group(VpcId)
      const IpPermissions = fromGroup(await group(VpcId), 443)
      const { SecurityGroupRules } = await aws.ec2.authorizeSecurityGroupEgress({ GroupId, IpPermissions })
      const request = { GroupId, SecurityGroupRuleIds: [must(SecurityGroupRules?.[0]?.SecurityGroupRuleId, 'rule')] }
      return [
        await outcome(() => aws.ec2.revokeSecurityGroupEgress(request)),
        await outcome(() => aws.ec2.revokeSecurityGroupEgress(request)),
      ]
    },
    seen: ['ok', 'InvalidSecurityGroupRuleId.NotFound'],
    seenWithout: ['ok', 'InvalidPermission.NotFound'],
  },
]
