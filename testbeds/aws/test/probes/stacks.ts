import { must } from '../../clients.ts'
import { type Bench, outcome } from '../bench.ts'
import { type Probe, refusal } from '../probe.ts'

const VPC = { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: '10.9.0.0/16' } }
const GROUP = { Type: 'AWS::Logs::LogGroup' }

async function heldStack(bench: Bench): Promise<{ StackName: string; subnet: string; vpc: string }> {
  const StackName = await bench.stack({ V: VPC, L: GROUP })
  const { StackResources = [] } = await bench.aws.cloudformation.describeStackResources({ StackName })
  const vpc = must(StackResources.find((one) => one.LogicalResourceId === 'V')?.PhysicalResourceId, 'VPC')
  const { Subnet } = await bench.aws.ec2.createSubnet({ VpcId: vpc, CidrBlock: '10.9.1.0/24' })
  return { StackName, vpc, subnet: must(Subnet?.SubnetId, 'subnet') }
}

const exported = (name: string): object => ({ O: { Value: { Ref: 'V' }, Export: { Name: name } } })
const importer = (name: string): object => ({
  S: { Type: 'AWS::EC2::Subnet', Properties: { VpcId: { 'Fn::ImportValue': name }, CidrBlock: '10.9.1.0/24' } },
})

export const stackProbes: Probe[] = [
  {
    rule: 'DeleteStack.in-progress',
    fact: 'a stack that something foreign holds fails with the reason, and a second try after the repair completes',
    async observe(bench) {
      const { aws, bed } = bench
      const { StackName, subnet } = await heldStack(bench)
      const StackId = must((await aws.cloudformation.describeStacks({ StackName })).Stacks?.[0]?.StackId, 'id')
      const first = await outcome(() => aws.cloudformation.deleteStack({ StackName }))
      if (first !== 'ok') return first
      await bed.settle()
      const failed = (await aws.cloudformation.describeStacks({ StackName })).Stacks?.[0]
      await aws.ec2.deleteSubnet({ SubnetId: subnet })
      await aws.cloudformation.deleteStack({ StackName })
      await bed.settle()
      return [failed?.StackStatus, failed?.StackStatusReason, await bench.stackStatus(StackId)]
    },
    seen: ['DELETE_FAILED', 'The following resource(s) failed to delete: [V]. ', 'DELETE_COMPLETE'],
    seenWithout: 'DependencyViolation',
  },
  refusal({
    rule: 'DeleteStack/termination-protection',
    fact: 'a stack under termination protection stays until it is lifted',
    code: 'ValidationError',
    async stage({ aws, stack }) {
      const StackName = await stack({ V: VPC }, { protected: true })
      return {
        remove: () => aws.cloudformation.deleteStack({ StackName }),
        unblock: () =>
          aws.cloudformation.updateTerminationProtection({ StackName, EnableTerminationProtection: false }),
      }
    },
  }),
  {
    rule: 'DeleteStack.export-in-use',
    fact: 'a stack whose export is imported accepts the deletion, falls back and says who imports it',
    async observe({ aws, bed, stack, name }) {
      const exportName = name('export')
      const StackName = await stack({ V: VPC }, { outputs: exported(exportName) })
      const user = await stack(importer(exportName))
      await aws.cloudformation.deleteStack({ StackName })
      await bed.settle()
      const found = (await aws.cloudformation.describeStacks({ StackName })).Stacks?.[0]
      return [found?.StackStatus, found?.StackStatusReason?.endsWith(`in use by ${user}`)]
    },
    seen: ['CREATE_COMPLETE', true],
    seenWithout: ['DELETE_FAILED', false],
  },
  {
    rule: 'DeleteStack/retain-resources',
    fact: 'members are retained only from a failed deletion, and are skipped then',
    async observe(bench) {
      const { aws, bed } = bench
      const { StackName, vpc } = await heldStack(bench)
      const StackId = must((await aws.cloudformation.describeStacks({ StackName })).Stacks?.[0]?.StackId, 'id')
      const retain = (): Promise<string> =>
        outcome(() => aws.cloudformation.deleteStack({ StackName, RetainResources: ['V'] }))
      const first = await retain()
      if (first === 'ok') return first
      await aws.cloudformation.deleteStack({ StackName })
      await bed.settle()
      const second = await retain()
      await bed.settle()
      const { StackResourceSummaries = [] } = await aws.cloudformation.listStackResources({ StackName: StackId })
      const states = StackResourceSummaries.map((one) => `${one.LogicalResourceId} ${one.ResourceStatus}`)
      return [first, second, states, await outcome(() => aws.ec2.describeVpcs({ VpcIds: [vpc] }))]
    },
    seen: ['ValidationError', 'ok', ['V DELETE_SKIPPED', 'L DELETE_COMPLETE'], 'ok'],
    seenWithout: 'ok',
  },
  {
    rule: 'DeleteStack.parameters',
    fact: 'a forced deletion of a failed stack leaves behind what cannot go',
    async observe(bench) {
      const { aws, bed } = bench
      const { StackName, vpc } = await heldStack(bench)
      const StackId = must((await aws.cloudformation.describeStacks({ StackName })).Stacks?.[0]?.StackId, 'id')
      await aws.cloudformation.deleteStack({ StackName })
      await bed.settle()
      await aws.cloudformation.deleteStack({ StackName, DeletionMode: 'FORCE_DELETE_STACK' })
      await bed.settle()
      return [await bench.stackStatus(StackId), await outcome(() => aws.ec2.describeVpcs({ VpcIds: [vpc] }))]
    },
    seen: ['DELETE_COMPLETE', 'ok'],
    seenWithout: ['DELETE_FAILED', 'ok'],
  },
  {
    rule: 'DeleteStack/role-gone',
    fact: 'a stack whose service role is gone cannot be deleted without another one',
    async observe({ aws, stack, role }) {
      const [gone, other] = [await role(), await role()]
      const StackName = await stack({ V: VPC }, { role: gone.arn })
      await aws.iam.deleteRole({ RoleName: gone.name })
      return [
        await outcome(() => aws.cloudformation.deleteStack({ StackName })),
        await outcome(() => aws.cloudformation.deleteStack({ StackName, RoleARN: other.arn })),
      ]
    },
    seen: ['ValidationError', 'ok'],
    seenWithout: ['ok', 'ok'],
  },
  {
    rule: 'ListStackResources.status',
    fact: 'the members of a failed stack tell which is gone, which failed, and why',
    async observe(bench) {
      const { StackName } = await heldStack(bench)
      await bench.aws.cloudformation.deleteStack({ StackName })
      await bench.bed.settle()
      const { StackResourceSummaries = [] } = await bench.aws.cloudformation.listStackResources({ StackName })
      return StackResourceSummaries.map((one) => `${one.ResourceStatus} ${one.ResourceStatusReason?.slice(0, 7) ?? ''}`)
    },
    seen: ['DELETE_FAILED The vpc', 'DELETE_COMPLETE '],
    seenWithout: ['CREATE_COMPLETE ', 'CREATE_COMPLETE '],
  },
  {
    rule: 'DescribeStackResources.status',
    fact: 'a member is found by its physical id',
    async observe(bench) {
      const { StackName, vpc } = await heldStack(bench)
      const found = await bench.aws.cloudformation
        .describeStackResources({ PhysicalResourceId: vpc })
        .catch((error: Error) => error)
      return found instanceof Error ? 'refused' : found.StackResources?.every((one) => one.StackName === StackName)
    },
    seen: true,
    seenWithout: 'refused',
  },
  {
    rule: 'GetTemplate.processed',
    fact: 'the template of a stack is a text, and its stages are told',
    async observe({ aws, stack }) {
      const StackName = await stack({ V: VPC })
      const { TemplateBody, StagesAvailable } = await aws.cloudformation.getTemplate({
        StackName,
        TemplateStage: 'Processed',
      })
      return [Object.keys(JSON.parse(String(TemplateBody))), StagesAvailable]
    },
    seen: [['Resources'], ['Original', 'Processed']],
    seenWithout: [['Resources'], undefined],
  },
  {
    rule: 'moto',
    fact: 'a role that got a policy from elsewhere fails the deletion of its stack',
    async observe(bench) {
      const { aws, bed } = bench
      const AssumeRolePolicyDocument = { Version: '2012-10-17', Statement: [] }
      const ManagedPolicyArns = ['arn:aws:iam::aws:policy/AmazonEKSClusterPolicy']
      const StackName = await bench.stack({
        R: { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument, ManagedPolicyArns } },
      })
      const { StackResources } = await aws.cloudformation.describeStackResources({ StackName })
      const RoleName = must(StackResources?.[0]?.PhysicalResourceId, 'role')
      const { AttachedPolicies } = await aws.iam.listAttachedRolePolicies({ RoleName })
      await aws.iam.attachRolePolicy({ RoleName, PolicyArn: await bench.policy() })
      await aws.cloudformation.deleteStack({ StackName })
      await bed.settle()
      return [AttachedPolicies?.length, await bench.stackStatus(StackName)]
    },
    seen: [1, 'DELETE_FAILED'],
  },
  {
    rule: 'moto',
    fact: 'who imports an export is told, and that nobody does is an error',
    async observe({ aws, stack, name }) {
      const ExportName = name('export')
      await stack({ V: VPC }, { outputs: exported(ExportName) })
      const nobody = await outcome(() => aws.cloudformation.listImports({ ExportName }))
      const user = await stack(importer(ExportName))
      const { Imports = [] } = await aws.cloudformation.listImports({ ExportName })
      return [nobody, Imports.length, Imports[0] === user]
    },
    seen: ['ValidationError', 1, true],
  },
  {
    rule: 'moto',
    fact: 'a member that somebody removed by hand is no obstacle',
    async observe(bench) {
      const { StackName, subnet, vpc } = await heldStack(bench)
      const StackId = must((await bench.aws.cloudformation.describeStacks({ StackName })).Stacks?.[0]?.StackId, 'id')
      await bench.aws.ec2.deleteSubnet({ SubnetId: subnet })
      await bench.aws.ec2.deleteVpc({ VpcId: vpc })
      await bench.aws.cloudformation.deleteStack({ StackName })
      await bench.bed.settle()
      return bench.stackStatus(StackId)
    },
    seen: 'DELETE_COMPLETE',
  },
]
