// Templates in the shape eksctl gives its stacks: logical ids, outputs and exports as eksctl names them.

type Json = { [key: string]: unknown }

export interface Template {
  Resources: Record<string, { Type: string; Properties?: Json; DependsOn?: string }>
  Outputs?: Record<string, { Value: unknown; Export: { Name: string } }>
}

const ref = (Ref: string): Json => ({ Ref })
const attribute = (id: string, name: string): Json => ({ 'Fn::GetAtt': [id, name] })
const imported = (name: string): Json => ({ 'Fn::ImportValue': name })
export const clusterStack = (cluster: string): string => `eksctl-${cluster}-cluster`
export const nodegroupStack = (cluster: string, nodegroup: string): string => `eksctl-${cluster}-nodegroup-${nodegroup}`
const exportName = (cluster: string, key: string): string => `${clusterStack(cluster)}::${key}`

const TRUST = { Version: '2012-10-17', Statement: [] }

/** Tags that eksctl puts on every stack of a cluster. */
export function eksctlTags(cluster: string): Record<string, string> {
  return {
    'alpha.eksctl.io/cluster-name': cluster,
    'eksctl.cluster.k8s.io/v1alpha1/cluster-name': cluster,
    'alpha.eksctl.io/eksctl-version': '0.220.0',
  }
}

export interface ClusterLayout {
  name: string
  /** The first two numbers of the VPC's addresses. */
  network: string
  publicZones: string[]
  privateZones: string[]
  /** A route table of its own for each private subnet, with a route to the NAT gateway. */
  privateRoutes: boolean
  /** Off: the security groups, the role and the network only. */
  controlPlane: boolean
  /** Off: no NAT gateway and no address. */
  nat: boolean
}

/** The stack of a cluster: network, groups, role, control plane, and what other stacks may import. */
export function clusterTemplate(layout: ClusterLayout): Template {
  const publicIds = layout.publicZones.map((zone) => subnetId('Public', zone))
  const privateIds = layout.privateZones.map((zone) => subnetId('Private', zone))
  const values: Record<string, unknown> = {
    VPC: ref('VPC'),
    SecurityGroup: ref('ControlPlaneSecurityGroup'),
    SharedNodeSecurityGroup: ref('ClusterSharedNodeSecurityGroup'),
    SubnetsPublic: joined(publicIds),
    SubnetsPrivate: joined(privateIds),
    ServiceRoleARN: attribute('ServiceRole', 'Arn'),
    ClusterStackName: clusterStack(layout.name),
    FeatureNATMode: layout.nat ? 'Single' : 'Disable',
    ...(layout.controlPlane ? controlPlaneOutputs() : {}),
  }
  return {
    Resources: {
      ...network(layout, publicIds, privateIds),
      ...groups(ref('VPC')),
      ServiceRole: role('AmazonEKSClusterPolicy'),
      ...(layout.controlPlane ? controlPlane(layout.name, [...publicIds, ...privateIds].map(ref)) : {}),
    },
    Outputs: outputs(layout.name, values),
  }
}

/** The stack of a cluster in a network that somebody else made: groups, role and control plane only. */
export function clusterInGivenNetwork(
  name: string,
  vpc: string,
  publicSubnets: string[],
  privateSubnets: string[],
): Template {
  const values = {
    VPC: vpc,
    SecurityGroup: ref('ControlPlaneSecurityGroup'),
    SharedNodeSecurityGroup: ref('ClusterSharedNodeSecurityGroup'),
    SubnetsPublic: publicSubnets.join(','),
    SubnetsPrivate: privateSubnets.join(','),
    ServiceRoleARN: attribute('ServiceRole', 'Arn'),
    ClusterStackName: clusterStack(name),
    ...controlPlaneOutputs(),
  }
  return {
    Resources: {
      ...groups(vpc),
      ServiceRole: role('AmazonEKSClusterPolicy'),
      ...controlPlane(name, [...publicSubnets, ...privateSubnets]),
    },
    Outputs: outputs(name, values),
  }
}

function subnetId(kind: 'Public' | 'Private', zone: string): string {
  return `Subnet${kind}${zone.replaceAll('-', '').toUpperCase()}`
}

function joined(ids: string[]): Json {
  return { 'Fn::Join': [',', ids.map(ref)] }
}

function outputs(cluster: string, values: Record<string, unknown>): NonNullable<Template['Outputs']> {
  return Object.fromEntries(
    Object.entries(values).map(([key, Value]) => [key, { Value, Export: { Name: exportName(cluster, key) } }]),
  )
}

function network(layout: ClusterLayout, publicIds: string[], privateIds: string[]): Template['Resources'] {
  const { network: prefix, publicZones, privateZones } = layout
  const subnets = [...publicIds, ...privateIds].map((id, index) => {
    const AvailabilityZone = [...publicZones, ...privateZones][index]
    const role = index < publicIds.length ? 'elb' : 'internal-elb'
    const Tags = [{ Key: `kubernetes.io/role/${role}`, Value: '1' }]
    const Properties = { VpcId: ref('VPC'), CidrBlock: `${prefix}.${index * 32}.0/19`, AvailabilityZone, Tags }
    return [id, { Type: 'AWS::EC2::Subnet', Properties }] as const
  })
  const associations = publicIds.map((id) => [
    `RouteTableAssociation${id.slice('Subnet'.length)}`,
    association(id, 'PublicRouteTable'),
  ])
  return {
    VPC: { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: `${prefix}.0.0/16` } },
    InternetGateway: { Type: 'AWS::EC2::InternetGateway' },
    VPCGatewayAttachment: {
      Type: 'AWS::EC2::VPCGatewayAttachment',
      Properties: { VpcId: ref('VPC'), InternetGatewayId: ref('InternetGateway') },
    },
    ...Object.fromEntries(subnets),
    PublicRouteTable: { Type: 'AWS::EC2::RouteTable', Properties: { VpcId: ref('VPC') } },
    PublicSubnetRoute: {
      Type: 'AWS::EC2::Route',
      DependsOn: 'VPCGatewayAttachment',
      Properties: route('PublicRouteTable', { GatewayId: ref('InternetGateway') }),
    },
    ...Object.fromEntries(associations),
    ...(layout.nat ? natGateway(publicIds) : {}),
    ...(layout.privateRoutes ? privateRoutes(layout, privateIds) : {}),
  }
}

function association(subnet: string, table: string): Template['Resources'][string] {
  const Properties = { SubnetId: ref(subnet), RouteTableId: ref(table) }
  return { Type: 'AWS::EC2::SubnetRouteTableAssociation', Properties }
}

function route(table: string, to: Json): Json {
  return { RouteTableId: ref(table), DestinationCidrBlock: '0.0.0.0/0', ...to }
}

function natGateway(publicIds: string[]): Template['Resources'] {
  return {
    NATIP: { Type: 'AWS::EC2::EIP', DependsOn: 'VPCGatewayAttachment', Properties: { Domain: 'vpc' } },
    NATGateway: {
      Type: 'AWS::EC2::NatGateway',
      Properties: { SubnetId: ref(publicIds[0] ?? ''), AllocationId: attribute('NATIP', 'AllocationId') },
    },
  }
}

function privateRoutes({ nat, privateZones }: ClusterLayout, privateIds: string[]): Template['Resources'] {
  return Object.fromEntries(
    privateIds.flatMap((id, index) => {
      const zone = String(privateZones[index]).replaceAll('-', '').toUpperCase()
      const table = `PrivateRouteTable${zone}`
      return [
        [table, { Type: 'AWS::EC2::RouteTable', Properties: { VpcId: ref('VPC') } }],
        [`RouteTableAssociationPrivate${zone}`, association(id, table)],
        ...(nat
          ? [
              [
                `NATPrivateSubnetRoute${zone}`,
                { Type: 'AWS::EC2::Route', Properties: route(table, { NatGatewayId: ref('NATGateway') }) },
              ],
            ]
          : []),
      ]
    }),
  )
}

function groups(vpc: unknown): Template['Resources'] {
  const group = (GroupDescription: string): Template['Resources'][string] => ({
    Type: 'AWS::EC2::SecurityGroup',
    Properties: { GroupDescription, VpcId: vpc },
  })
  return {
    ControlPlaneSecurityGroup: group('Communication between the control plane and worker nodegroups'),
    ClusterSharedNodeSecurityGroup: group('Communication between all nodes in the cluster'),
    IngressInterNodeGroupSG: {
      Type: 'AWS::EC2::SecurityGroupIngress',
      Properties: {
        GroupId: ref('ClusterSharedNodeSecurityGroup'),
        SourceSecurityGroupId: ref('ControlPlaneSecurityGroup'),
        IpProtocol: '-1',
        FromPort: 0,
        ToPort: 65535,
      },
    },
  }
}

function role(...policies: string[]): Template['Resources'][string] {
  const ManagedPolicyArns = policies.map((policy) => `arn:aws:iam::aws:policy/${policy}`)
  return { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: TRUST, ManagedPolicyArns } }
}

function controlPlane(Name: string, SubnetIds: unknown[]): Template['Resources'] {
  const ResourcesVpcConfig = { SubnetIds, SecurityGroupIds: [ref('ControlPlaneSecurityGroup')] }
  const Properties = { Name, RoleArn: attribute('ServiceRole', 'Arn'), ResourcesVpcConfig }
  return { ControlPlane: { Type: 'AWS::EKS::Cluster', Properties } }
}

function controlPlaneOutputs(): Record<string, unknown> {
  return {
    ARN: attribute('ControlPlane', 'Arn'),
    Endpoint: attribute('ControlPlane', 'Endpoint'),
    CertificateAuthorityData: attribute('ControlPlane', 'CertificateAuthorityData'),
    ClusterSecurityGroupId: attribute('ControlPlane', 'ClusterSecurityGroupId'),
  }
}

/** A managed node group: EKS makes the machines. */
export function managedNodegroupTemplate(cluster: string, nodegroup: string): Template {
  const Subnets = { 'Fn::Split': [',', imported(exportName(cluster, 'SubnetsPrivate'))] }
  return {
    Resources: {
      LaunchTemplate: {
        Type: 'AWS::EC2::LaunchTemplate',
        Properties: {
          LaunchTemplateName: nodegroupStack(cluster, nodegroup),
          LaunchTemplateData: { InstanceType: 't3.medium' },
        },
      },
      NodeInstanceRole: role('AmazonEKSWorkerNodePolicy'),
      ManagedNodeGroup: {
        Type: 'AWS::EKS::Nodegroup',
        Properties: {
          ClusterName: cluster,
          NodegroupName: nodegroup,
          NodeRole: attribute('NodeInstanceRole', 'Arn'),
          Subnets,
          ScalingConfig: { MinSize: 1, MaxSize: 2, DesiredSize: 1 },
        },
      },
    },
  }
}

/** A node group of its own machines: group, launch template, role and profile; imports three exports of the cluster. */
export function nodegroupTemplate(cluster: string, nodegroup: string, size: number, image: string): Template {
  const groups = ['SharedNodeSecurityGroup', 'ClusterSecurityGroupId'].map((key) => imported(exportName(cluster, key)))
  const name = nodegroupStack(cluster, nodegroup)
  const tag = (Key: string, Value: string): Json => ({ Key, Value, PropagateAtLaunch: true })
  return {
    Resources: {
      NodeInstanceRole: role('AmazonEKSWorkerNodePolicy', 'AmazonEKS_CNI_Policy'),
      NodeInstanceProfile: {
        Type: 'AWS::IAM::InstanceProfile',
        Properties: { Path: '/', Roles: [ref('NodeInstanceRole')] },
      },
      NodeGroupLaunchTemplate: {
        Type: 'AWS::EC2::LaunchTemplate',
        Properties: {
          LaunchTemplateName: name,
          LaunchTemplateData: {
            ImageId: image,
            InstanceType: 't3.medium',
            IamInstanceProfile: { Arn: attribute('NodeInstanceProfile', 'Arn') },
            SecurityGroupIds: groups,
          },
        },
      },
      NodeGroup: {
        Type: 'AWS::AutoScaling::AutoScalingGroup',
        Properties: {
          AutoScalingGroupName: name,
          DesiredCapacity: size,
          MinSize: size,
          MaxSize: size,
          LaunchTemplate: {
            LaunchTemplateName: name,
            Version: attribute('NodeGroupLaunchTemplate', 'LatestVersionNumber'),
          },
          VPCZoneIdentifier: { 'Fn::Split': [',', imported(exportName(cluster, 'SubnetsPrivate'))] },
          Tags: [
            tag('Name', `${cluster}-${nodegroup}-Node`),
            tag(`kubernetes.io/cluster/${cluster}`, 'owned'),
            tag('alpha.eksctl.io/nodegroup-name', nodegroup),
          ],
        },
      },
    },
  }
}
