import { type Bench, outcome, POLICY } from '../bench.ts'
import { type Probe, refusal } from '../probe.ts'

async function profileWithRole({ aws, role, name }: Bench): Promise<{ InstanceProfileName: string; RoleName: string }> {
  const request = { InstanceProfileName: name('profile'), RoleName: (await role()).name }
  await aws.iam.createInstanceProfile({ InstanceProfileName: request.InstanceProfileName })
  await aws.iam.addRoleToInstanceProfile(request)
  return request
}

const unseen = ['AmazonEKS_CNI_Policy', 'AmazonEKSWorkerNodePolicy']

export const serviceProbes: Probe[] = [
  refusal({
    rule: 'moto',
    fact: 'a role with an attached policy stays',
    code: 'DeleteConflictException',
    async stage({ aws, role, policy }) {
      const request = { RoleName: (await role()).name, PolicyArn: await policy() }
      await aws.iam.attachRolePolicy(request)
      return {
        remove: () => aws.iam.deleteRole({ RoleName: request.RoleName }),
        unblock: () => aws.iam.detachRolePolicy(request),
      }
    },
  }),
  refusal({
    rule: 'moto',
    fact: 'a role with a policy of its own stays',
    code: 'DeleteConflictException',
    async stage({ aws, role }) {
      const request = { RoleName: (await role()).name, PolicyName: 'inline' }
      await aws.iam.putRolePolicy({ ...request, PolicyDocument: POLICY })
      return {
        remove: () => aws.iam.deleteRole({ RoleName: request.RoleName }),
        unblock: () => aws.iam.deleteRolePolicy(request),
      }
    },
  }),
  refusal({
    rule: 'moto',
    fact: 'a role in an instance profile stays',
    code: 'DeleteConflictException',
    async stage(bench) {
      const request = await profileWithRole(bench)
      return {
        remove: () => bench.aws.iam.deleteRole({ RoleName: request.RoleName }),
        unblock: () => bench.aws.iam.removeRoleFromInstanceProfile(request),
      }
    },
  }),
  refusal({
    rule: 'moto',
    fact: 'an instance profile with a role stays',
    code: 'DeleteConflictException',
    async stage(bench) {
      const request = await profileWithRole(bench)
      return {
        remove: () => bench.aws.iam.deleteInstanceProfile({ InstanceProfileName: request.InstanceProfileName }),
        unblock: () => bench.aws.iam.removeRoleFromInstanceProfile(request),
      }
    },
  }),
  refusal({
    rule: 'DeletePolicy/attached',
    fact: 'an attached policy stays',
    code: 'DeleteConflictException',
    async stage({ aws, role, policy }) {
      const request = { RoleName: (await role()).name, PolicyArn: await policy() }
      await aws.iam.attachRolePolicy(request)
      return {
        remove: () => aws.iam.deletePolicy({ PolicyArn: request.PolicyArn }),
        unblock: () => aws.iam.detachRolePolicy(request),
      }
    },
  }),
  refusal({
    rule: 'DeletePolicy/versions',
    fact: 'a policy with several versions stays',
    code: 'DeleteConflictException',
    async stage({ aws, policy }) {
      const PolicyArn = await policy()
      await aws.iam.createPolicyVersion({ PolicyArn, PolicyDocument: POLICY })
      return {
        remove: () => aws.iam.deletePolicy({ PolicyArn }),
        unblock: () => aws.iam.deletePolicyVersion({ PolicyArn, VersionId: 'v2' }),
      }
    },
  }),
  refusal({
    rule: 'DeleteLogGroup/protected',
    fact: 'a log group under deletion protection stays',
    code: 'ValidationException',
    forGood: true,
    async stage({ aws, name }) {
      const logGroupName = name('/logs')
      await aws.logs.createLogGroup({ logGroupName, deletionProtectionEnabled: true })
      return { remove: () => aws.logs.deleteLogGroup({ logGroupName }) }
    },
  }),
  {
    rule: 'CreateLogGroup.protection',
    fact: 'a log group can be made under deletion protection',
    async observe({ aws, name }) {
      const logGroupName = name('/logs')
      await aws.logs.createLogGroup({ logGroupName, deletionProtectionEnabled: true })
      return outcome(() => aws.logs.deleteLogGroup({ logGroupName }))
    },
    seen: 'ValidationException',
    seenWithout: 'ok',
  },
  {
    rule: 'AttachRolePolicy.aws-managed',
    fact: 'a policy of AWS is attached without being made first',
    async observe({ aws, role }) {
      const PolicyArn = `arn:aws:iam::aws:policy/${unseen.pop()}` // once attached, it is there
      const RoleName = (await role()).name
      const attached = await outcome(() => aws.iam.attachRolePolicy({ RoleName, PolicyArn }))
      const { AttachedPolicies = [] } = await aws.iam.listAttachedRolePolicies({ RoleName })
      const { Policies = [] } = await aws.iam.listPolicies({ Scope: 'Local' })
      return [attached, AttachedPolicies.length, Policies.some(({ Arn }) => Arn === PolicyArn)]
    },
    seen: ['ok', 1, false],
    seenWithout: ['NoSuchEntityException', 0, false],
  },
  {
    rule: 'RemoveRoleFromInstanceProfile.absent',
    fact: 'a role that is in the instance profile no more is not found',
    async observe(bench) {
      const request = await profileWithRole(bench)
      await bench.aws.iam.removeRoleFromInstanceProfile(request)
      return await outcome(() => bench.aws.iam.removeRoleFromInstanceProfile(request))
    },
    seen: 'NoSuchEntityException',
    seenWithout: 'EmulatorBug',
  },
  {
    rule: 'GetCallerIdentity.principal',
    fact: 'the caller is the user that its access key names, in the account of the bed',
    async observe({ aws }) {
      const { Account, Arn } = await aws.sts.getCallerIdentity({})
      return [Account, Arn]
    },
    seen: ['111122223333', 'arn:aws:iam::111122223333:user/stage'],
    seenWithout: ['111122223333', 'arn:aws:sts::111122223333:user/moto'],
  },
  {
    rule: 'IAM.IsTruncated',
    fact: 'lists of IAM always say whether there is more',
    observe: async ({ aws }) => (await aws.iam.listInstanceProfiles({})).IsTruncated,
    seen: false,
    seenWithout: undefined,
  },
]
