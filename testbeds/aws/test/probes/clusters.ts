import { type Bench, outcome } from '../bench.ts'
import { type Probe, refusal } from '../probe.ts'

async function statusOf({ aws }: Bench, name: string): Promise<unknown> {
  try {
    return (await aws.eks.describeCluster({ name })).cluster?.status
  } catch (error) {
    return (error as Error).name
  }
}

async function nodegroup(bench: Bench): Promise<{ clusterName: string; nodegroupName: string; vpc: string }> {
  const { name, subnets, role, vpc } = await bench.cluster()
  const nodegroupName = bench.name('nodes')
  await bench.aws.eks.createNodegroup({ clusterName: name, nodegroupName, subnets, nodeRole: role })
  return { clusterName: name, nodegroupName, vpc }
}

async function fargateProfile(bench: Bench): Promise<{ clusterName: string; fargateProfileName: string }> {
  const { name, subnets, role } = await bench.cluster()
  return addProfile(bench, name, subnets, role)
}

async function addProfile(
  { aws, name }: Bench,
  clusterName: string,
  subnets: string[],
  podExecutionRoleArn: string,
): Promise<{ clusterName: string; fargateProfileName: string }> {
  const fargateProfileName = name('profile')
  const selectors = [{ namespace: 'default' }]
  await aws.eks.createFargateProfile({ clusterName, fargateProfileName, podExecutionRoleArn, subnets, selectors })
  return { clusterName, fargateProfileName }
}

export const clusterProbes: Probe[] = [
  {
    rule: 'CreateCluster.network',
    fact: 'a cluster has a security group and interfaces of its own in its subnets',
    async observe(bench) {
      const { name, subnets } = await bench.cluster()
      const { cluster } = await bench.aws.eks.describeCluster({ name })
      const interfaces = await Promise.all(subnets.map((subnet) => bench.interfacesIn(subnet)))
      return [cluster?.resourcesVpcConfig?.clusterSecurityGroupId?.slice(0, 3), interfaces.flat()]
    },
    seen: ['sg-', ['interface managed in-use', 'interface managed in-use']],
    seenWithout: [undefined, []],
  },
  {
    rule: 'DeleteCluster.deleting',
    fact: 'a cluster is deleting, then not found; its interfaces and its group go with it',
    async observe(bench) {
      const { name, vpc, subnets } = await bench.cluster()
      await bench.aws.eks.deleteCluster({ name })
      const first = await statusOf(bench, name)
      await bench.bed.settle()
      const { SecurityGroups = [] } = await bench.aws.ec2.describeSecurityGroups({
        Filters: [{ Name: 'vpc-id', Values: [vpc] }],
      })
      const left = await Promise.all(subnets.map((subnet) => bench.interfacesIn(subnet)))
      return [first, await statusOf(bench, name), left.flat().length, SecurityGroups.length]
    },
    seen: ['DELETING', 'ResourceNotFoundException', 0, 1],
    seenWithout: ['ResourceNotFoundException', 'ResourceNotFoundException', 2, 2],
  },
  {
    rule: 'moto',
    fact: 'the group of a cluster is left behind when something uses it',
    async observe(bench) {
      const { name, vpc, subnets } = await bench.cluster()
      const { cluster } = await bench.aws.eks.describeCluster({ name })
      const group = String(cluster?.resourcesVpcConfig?.clusterSecurityGroupId)
      await bench.interface(String(subnets[0]), [group])
      await bench.aws.eks.deleteCluster({ name })
      await bench.bed.settle()
      const { SecurityGroups = [] } = await bench.aws.ec2.describeSecurityGroups({
        Filters: [{ Name: 'vpc-id', Values: [vpc] }],
      })
      return SecurityGroups.some(({ GroupId }) => GroupId === group)
    },
    seen: true,
  },
  refusal({
    rule: 'moto',
    fact: 'a cluster with a node group stays',
    code: 'ResourceInUseException',
    async stage(bench) {
      const { clusterName, nodegroupName } = await nodegroup(bench)
      return {
        remove: () => bench.aws.eks.deleteCluster({ name: clusterName }),
        unblock: () => bench.aws.eks.deleteNodegroup({ clusterName, nodegroupName }),
      }
    },
  }),
  {
    rule: 'CreateNodegroup.machines',
    fact: 'a node group has an Auto Scaling group with instances that carry its tags',
    async observe(bench) {
      const { clusterName, nodegroupName } = await nodegroup(bench)
      const { Reservations = [] } = await bench.aws.ec2.describeInstances({
        Filters: [{ Name: 'tag:eks:nodegroup-name', Values: [nodegroupName] }],
      })
      const described = await bench.aws.eks.describeNodegroup({ clusterName, nodegroupName })
      const group = described.nodegroup?.resources?.autoScalingGroups?.[0]?.name
      const { AutoScalingGroups = [] } = await bench.aws.autoscaling.describeAutoScalingGroups({
        AutoScalingGroupNames: [String(group)],
      })
      return [Reservations.length, AutoScalingGroups.length]
    },
    seen: [1, 1],
    seenWithout: [0, 0],
  },
  {
    rule: 'DeleteNodegroup.deleting',
    fact: 'a node group is deleting until its machines and its launch template are gone',
    async observe(bench) {
      const { clusterName, nodegroupName, vpc } = await nodegroup(bench)
      await bench.aws.eks.deleteNodegroup({ clusterName, nodegroupName })
      const status = async (): Promise<unknown> => {
        try {
          return (await bench.aws.eks.describeNodegroup({ clusterName, nodegroupName })).nodegroup?.status
        } catch (error) {
          return (error as Error).name
        }
      }
      const first = await status()
      await bench.bed.settle()
      const { Reservations = [] } = await bench.aws.ec2.describeInstances({
        Filters: [
          { Name: 'vpc-id', Values: [vpc] },
          { Name: 'instance-state-name', Values: ['running', 'shutting-down'] },
        ],
      })
      return [first, await status(), Reservations.length]
    },
    seen: ['DELETING', 'ResourceNotFoundException', 0],
    seenWithout: ['ResourceNotFoundException', 'ResourceNotFoundException', 1],
  },
  refusal({
    rule: 'DeleteCluster/fargate-profile',
    fact: 'a cluster with a Fargate profile stays',
    code: 'ResourceInUseException',
    async stage(bench) {
      const profile = await fargateProfile(bench)
      return {
        remove: () => bench.aws.eks.deleteCluster({ name: profile.clusterName }),
        unblock: () => bench.aws.eks.deleteFargateProfile(profile),
      }
    },
  }),
  {
    rule: 'DeleteFargateProfile.deleting',
    fact: 'a Fargate profile is deleting, then not found',
    async observe(bench) {
      const profile = await fargateProfile(bench)
      await bench.aws.eks.deleteFargateProfile(profile)
      const status = async (): Promise<unknown> => {
        try {
          return (await bench.aws.eks.describeFargateProfile(profile)).fargateProfile?.status
        } catch (error) {
          return (error as Error).name
        }
      }
      const first = await status()
      await bench.bed.settle()
      return [first, await status()]
    },
    seen: ['DELETING', 'ResourceNotFoundException'],
    seenWithout: ['ResourceNotFoundException', 'ResourceNotFoundException'],
  },
  {
    rule: 'DeleteFargateProfile/other-deleting',
    fact: 'the Fargate profiles of a cluster go one after the other',
    async observe(bench) {
      const { name, subnets, role } = await bench.cluster()
      const one = await addProfile(bench, name, subnets, role)
      const other = await addProfile(bench, name, subnets, role)
      await bench.aws.eks.deleteFargateProfile(one)
      const remove = (): Promise<string> => outcome(() => bench.aws.eks.deleteFargateProfile(other))
      const first = await remove()
      await bench.bed.settle()
      return first === 'ok' ? first : [first, await remove()]
    },
    seen: ['ResourceInUseException', 'ok'],
    seenWithout: 'ok',
  },
  refusal({
    rule: 'DeleteCluster/protected',
    fact: 'a cluster under deletion protection stays until it is lifted',
    code: 'InvalidRequestException',
    async stage(bench) {
      const { name } = await bench.cluster({ deletionProtection: true })
      return {
        remove: () => bench.aws.eks.deleteCluster({ name }),
        unblock: () => bench.aws.eks.updateClusterConfig({ name, deletionProtection: false }),
      }
    },
  }),
  {
    rule: 'CreateCluster.protection',
    fact: 'deletion protection can be given at creation',
    async observe(bench) {
      const { name } = await bench.cluster({ deletionProtection: true })
      return (await bench.aws.eks.describeCluster({ name })).cluster?.deletionProtection
    },
    seen: true,
    seenWithout: undefined,
  },
  {
    rule: 'UpdateClusterConfig.protection',
    fact: 'deletion protection can be lifted, and that is an update of the cluster',
    async observe(bench) {
      const { name } = await bench.cluster({ deletionProtection: true })
      await bench.aws.eks.updateClusterConfig({ name, deletionProtection: false })
      const { updateIds = [] } = await bench.aws.eks.listUpdates({ name })
      const updates = updateIds.map(
        async (updateId) => (await bench.aws.eks.describeUpdate({ name, updateId })).update?.status,
      )
      return [(await bench.aws.eks.describeCluster({ name })).cluster?.deletionProtection, await Promise.all(updates)]
    },
    seen: [false, ['Successful']],
    seenWithout: [true, []],
  },
  {
    rule: 'DeleteCluster/update-in-progress',
    fact: 'a cluster that is being updated stays until the update has ended',
    async observe(bench) {
      const { name } = await bench.cluster()
      await bench.bed.plantUpdate({ cluster: name, id: 'version-1' })
      const remove = (): Promise<string> => outcome(() => bench.aws.eks.deleteCluster({ name }))
      const first = await remove()
      await bench.bed.plantUpdate({ cluster: name, id: 'version-1', status: 'Successful' })
      return [first, await remove()]
    },
    seen: ['ResourceInUseException', 'ok'],
    seenWithout: ['ok', 'ok'],
  },
  {
    rule: 'moto',
    fact: 'add-ons, access entries and pod identities are made, listed and deleted',
    async observe({ aws, bed, cluster }) {
      const { name, role } = await cluster()
      const { association } = await aws.eks.createPodIdentityAssociation({
        clusterName: name,
        namespace: 'default',
        serviceAccount: 'web',
        roleArn: role,
      })
      await aws.eks.createAddon({ clusterName: name, addonName: 'vpc-cni' })
      await aws.eks.createAccessEntry({ clusterName: name, principalArn: role })
      const count = async (): Promise<(number | undefined)[]> => [
        (await aws.eks.listAddons({ clusterName: name })).addons?.length,
        (await aws.eks.listAccessEntries({ clusterName: name })).accessEntries?.length,
        (await aws.eks.listPodIdentityAssociations({ clusterName: name })).associations?.length,
      ]
      const before = await count()
      await aws.eks.deleteAddon({ clusterName: name, addonName: 'vpc-cni' })
      const { addon } = await aws.eks.describeAddon({ clusterName: name, addonName: 'vpc-cni' })
      await aws.eks.deleteAccessEntry({ clusterName: name, principalArn: role })
      await aws.eks.deletePodIdentityAssociation({ clusterName: name, associationId: association?.associationId })
      await bed.settle()
      return [before, addon?.status, await count()]
    },
    seen: [[1, 1, 1], 'DELETING', [0, 0, 0]],
  },
]
