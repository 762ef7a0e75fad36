import { must } from '../../clients.ts'
import { IMAGE } from '../../worlds/world.ts'
import { type Bench, outcome } from '../bench.ts'
import { type Probe, refusal } from '../probe.ts'

async function stateOf({ aws }: Bench, id: string): Promise<unknown> {
  const { Reservations } = await aws.ec2.describeInstances({ InstanceIds: [id] })
  return Reservations?.[0]?.Instances?.[0]?.State?.Name
}

async function attachedVolume({ aws, network, instance }: Bench): Promise<{ volume: string; instance: string }> {
  const machine = await instance((await network()).subnet)
  const volume = must((await aws.ec2.createVolume({ AvailabilityZone: 'us-east-1a', Size: 1 })).VolumeId, 'volume')
  await aws.ec2.attachVolume({ VolumeId: volume, InstanceId: machine, Device: '/dev/sdh' })
  return { volume, instance: machine }
}

export const machineProbes: Probe[] = [
  {
    rule: 'TerminateInstances.shutting-down',
    fact: 'an instance shuts down, holds its subnet, then is terminated and listed; its first interface goes with it',
    async observe(bench) {
      const { aws, bed, network, instance, interfacesIn } = bench
      const { subnet } = await network()
      const id = await instance(subnet)
      const accepted = await outcome(() => aws.ec2.terminateInstances({ InstanceIds: [id] }))
      if (accepted !== 'ok') return accepted
      const first = [await stateOf(bench, id), (await interfacesIn(subnet)).length]
      await bed.settle()
      return [...first, await stateOf(bench, id), (await interfacesIn(subnet)).length]
    },
    seen: ['shutting-down', 1, 'terminated', 0],
    seenWithout: 'InvalidParameterValue',
  },
  {
    rule: 'RunInstances.primary-interface',
    fact: 'the first interface of an instance goes with it',
    async observe({ aws, network, instance }) {
      const { subnet } = await network()
      await instance(subnet)
      const { NetworkInterfaces } = await aws.ec2.describeNetworkInterfaces({
        Filters: [{ Name: 'subnet-id', Values: [subnet] }],
      })
      return NetworkInterfaces?.[0]?.Attachment?.DeleteOnTermination
    },
    seen: true,
    seenWithout: false,
  },
  {
    rule: 'moto',
    fact: 'an interface that was attached later is left behind, free',
    async observe(bench) {
      const { aws, bed, network, instance, interface: makeInterface, interfacesIn } = bench
      const { subnet } = await network()
      const InstanceId = await instance(subnet)
      await aws.ec2.attachNetworkInterface({
        NetworkInterfaceId: await makeInterface(subnet),
        InstanceId,
        DeviceIndex: 1,
      })
      await aws.ec2.terminateInstances({ InstanceIds: [InstanceId] })
      await bed.settle()
      return interfacesIn(subnet)
    },
    seen: ['interface free available'],
  },
  {
    rule: 'RunInstances.protection',
    fact: 'an instance launched with termination protection stays until it is lifted',
    async observe({ aws, network }) {
      const { Instances } = await aws.ec2.runInstances({
        ImageId: IMAGE,
        MinCount: 1,
        MaxCount: 1,
        SubnetId: (await network()).subnet,
        DisableApiTermination: true,
      })
      const InstanceId = must(Instances?.[0]?.InstanceId, 'instance')
      const terminate = (): Promise<string> => outcome(() => aws.ec2.terminateInstances({ InstanceIds: [InstanceId] }))
      const { DisableApiTermination } = await aws.ec2.describeInstanceAttribute({
        InstanceId,
        Attribute: 'disableApiTermination',
      })
      const first = await terminate()
      await aws.ec2.modifyInstanceAttribute({ InstanceId, DisableApiTermination: { Value: false } })
      return [DisableApiTermination?.Value, first, await terminate()]
    },
    seen: [true, 'OperationNotPermitted', 'ok'],
    seenWithout: [false, 'ok', 'ok'],
  },
  refusal({
    rule: 'DeleteNetworkInterface/attached',
    fact: 'an attached interface stays',
    code: 'InvalidParameterValue',
    async stage({ aws, network, instance, interface: makeInterface }) {
      const { subnet } = await network()
      const NetworkInterfaceId = await makeInterface(subnet)
      const InstanceId = await instance(subnet)
      const { AttachmentId } = await aws.ec2.attachNetworkInterface({ NetworkInterfaceId, InstanceId, DeviceIndex: 1 })
      return {
        remove: () => aws.ec2.deleteNetworkInterface({ NetworkInterfaceId }),
        unblock: () => aws.ec2.detachNetworkInterface({ AttachmentId }),
      }
    },
  }),
  refusal({
    rule: 'DetachNetworkInterface/service-owned',
    fact: 'what a service attached the customer cannot detach',
    code: 'OperationNotPermitted',
    without: 'InvalidAttachmentID.NotFound',
    forGood: true,
    async stage({ aws, bed, network }) {
      const { subnet } = await network()
      const id = await bed.plantInterface({ subnetId: subnet, description: 'ELB app/planted' })
      const { NetworkInterfaces } = await aws.ec2.describeNetworkInterfaces({ NetworkInterfaceIds: [id] })
      const AttachmentId = must(NetworkInterfaces?.[0]?.Attachment?.AttachmentId, 'attachment')
      return { remove: () => aws.ec2.detachNetworkInterface({ AttachmentId }) }
    },
  }),
  refusal({
    rule: 'moto',
    fact: 'an attached volume stays until its instance is terminated',
    code: 'VolumeInUse',
    async stage(bench) {
      const { volume, instance } = await attachedVolume(bench)
      return {
        remove: () => bench.aws.ec2.deleteVolume({ VolumeId: volume }),
        unblock: () => bench.aws.ec2.terminateInstances({ InstanceIds: [instance] }),
      }
    },
  }),
  {
    rule: 'DetachVolume.without-instance',
    fact: 'a volume is detached without naming its instance',
    async observe(bench) {
      const { volume } = await attachedVolume(bench)
      return outcome(() => bench.aws.ec2.detachVolume({ VolumeId: volume }))
    },
    seen: 'ok',
    seenWithout: 'EmulatorBug',
  },
  refusal({
    rule: 'moto',
    fact: 'a snapshot that an image uses stays',
    code: 'InvalidSnapshot.InUse',
    async stage({ aws, network, instance, name }) {
      const InstanceId = await instance((await network()).subnet)
      const { ImageId } = await aws.ec2.createImage({ InstanceId, Name: name('image') })
      const { Images } = await aws.ec2.describeImages({ ImageIds: [must(ImageId, 'image')] })
      const SnapshotId = must(Images?.[0]?.BlockDeviceMappings?.[0]?.Ebs?.SnapshotId, 'snapshot')
      return {
        remove: () => aws.ec2.deleteSnapshot({ SnapshotId }),
        unblock: () => aws.ec2.deregisterImage({ ImageId }),
      }
    },
  }),
  {
    rule: 'DeleteLaunchTemplate.unknown',
    fact: 'a launch template that does not exist is not found by its id',
    observe: ({ aws }) => outcome(() => aws.ec2.deleteLaunchTemplate({ LaunchTemplateId: 'lt-00000000000000000' })),
    seen: 'InvalidLaunchTemplateId.NotFound',
    seenWithout: 'InvalidLaunchTemplateName.NotFoundException',
  },
  {
    rule: 'DryRun',
    fact: 'a dry run changes nothing',
    async observe({ aws, vpc }) {
      const VpcId = await vpc()
      return [
        await outcome(() => aws.ec2.deleteVpc({ VpcId, DryRun: true })),
        await outcome(() => aws.ec2.describeVpcs({ VpcIds: [VpcId] })),
      ]
    },
    seen: ['DryRunOperation', 'ok'],
    seenWithout: ['ok', 'InvalidVpcID.NotFound'],
  },
  {
    rule: 'DeleteAutoScalingGroup/instances',
    fact: 'a group with instances stays, also while they shut down',
    async observe({ aws, bed, network, autoscalingGroup }) {
      const { name } = await autoscalingGroup((await network()).subnet, 1)
      const AutoScalingGroupName = name
      const remove = (): Promise<string> =>
        outcome(() => aws.autoscaling.deleteAutoScalingGroup({ AutoScalingGroupName }))
      const first = await remove()
      if (first === 'ok') return first
      await aws.autoscaling.updateAutoScalingGroup({ AutoScalingGroupName, MinSize: 0, DesiredCapacity: 0 })
      const second = await remove()
      await bed.settle()
      return [first, second, await remove()]
    },
    seen: ['ResourceInUseFault', 'ScalingActivityInProgressFault', 'ok'],
    seenWithout: 'ok',
  },
  {
    rule: 'DeleteAutoScalingGroup.force-delete',
    fact: 'a group is forced only on request',
    async observe({ aws, network, autoscalingGroup }) {
      const { name } = await autoscalingGroup((await network()).subnet, 1)
      return outcome(() => aws.autoscaling.deleteAutoScalingGroup({ AutoScalingGroupName: name }))
    },
    seen: 'ResourceInUseFault',
    seenWithout: 'ok',
  },
  {
    rule: 'DeleteAutoScalingGroup.in-progress',
    fact: 'a forced group is in progress until its instances are terminated',
    async observe({ aws, bed, network, autoscalingGroup }) {
      const { name } = await autoscalingGroup((await network()).subnet, 1)
      await aws.autoscaling.deleteAutoScalingGroup({ AutoScalingGroupName: name, ForceDelete: true })
      const status = async (): Promise<unknown> => {
        const answer = await aws.autoscaling.describeAutoScalingGroups({ AutoScalingGroupNames: [name] })
        return answer.AutoScalingGroups?.[0]?.Status
      }
      const first = await status()
      await bed.settle()
      return [first, await status()]
    },
    seen: ['Delete in progress', undefined],
    seenWithout: [undefined, undefined],
  },
  {
    rule: 'AutoScaling.replacement',
    fact: 'a group whose launch template is gone replaces nothing, and the call that terminates succeeds',
    async observe({ aws, network, autoscalingGroup }) {
      const { name, template } = await autoscalingGroup((await network()).subnet, 1)
      const answer = await aws.autoscaling.describeAutoScalingGroups({ AutoScalingGroupNames: [name] })
      const InstanceIds = [must(answer.AutoScalingGroups?.[0]?.Instances?.[0]?.InstanceId, 'instance')]
      await aws.ec2.deleteLaunchTemplate({ LaunchTemplateId: template })
      return outcome(() => aws.ec2.terminateInstances({ InstanceIds }))
    },
    seen: 'ok',
    seenWithout: 'InvalidLaunchTemplateId.NotFound',
  },
  {
    rule: 'moto',
    fact: 'a group replaces an instance that is terminated under it',
    async observe({ aws, network, autoscalingGroup }) {
      const { name } = await autoscalingGroup((await network()).subnet, 1)
      const machines = async (): Promise<(string | undefined)[]> => {
        const answer = await aws.autoscaling.describeAutoScalingGroups({ AutoScalingGroupNames: [name] })
        return answer.AutoScalingGroups?.[0]?.Instances?.map(({ InstanceId }) => InstanceId) ?? []
      }
      const first = await machines()
      await aws.ec2.terminateInstances({ InstanceIds: first.map((id) => must(id, 'id')) })
      const second = await machines()
      return [first.length, second.length, first[0] !== second[0]]
    },
    seen: [1, 1, true],
  },
  refusal({
    rule: 'DeleteLaunchConfiguration/in-use',
    fact: 'a launch configuration that a group uses stays',
    code: 'ResourceInUseFault',
    async stage({ aws, network, name }) {
      const [configuration, group] = [name('configuration'), name('machines')]
      await aws.autoscaling.createLaunchConfiguration({
        LaunchConfigurationName: configuration,
        ImageId: IMAGE,
        InstanceType: 't3.micro',
      })
      await aws.autoscaling.createAutoScalingGroup({
        AutoScalingGroupName: group,
        MinSize: 0,
        MaxSize: 1,
        VPCZoneIdentifier: (await network()).subnet,
        LaunchConfigurationName: configuration,
      })
      return {
        remove: () => aws.autoscaling.deleteLaunchConfiguration({ LaunchConfigurationName: configuration }),
        unblock: () => aws.autoscaling.deleteAutoScalingGroup({ AutoScalingGroupName: group }),
      }
    },
  }),
]
