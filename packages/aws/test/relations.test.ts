import { expect, test } from 'vitest'
import { factsOf, picture } from './support.ts'

const drawn = (name: string, index = 0): string => picture(factsOf(name, index)).join('\n')

test('a stack is the whole of its members, as far as they can be told, and goes after those who import from it', () => {
  expect(drawn('aws:stack')).toMatchInlineSnapshot(`
    ""elastic-ip:203.0.113.9" partOf this (stack member NATIP)
    "security-group-rule:sg-0004/ingress/tcp/443-443/sg-0003" partOf this (stack member Ingress)
    "stack:us-east-1/eksctl-ci-1-nodegroup-a" dependsOn this (imports eksctl-ci-1-cluster::VPC)
    "stack:us-east-1/team-x-redis" dependsOn this (imports eksctl-ci-1-cluster::VPC)
    eks-cluster ci-1 partOf this (stack member ControlPlane)
    instance-profile eksctl-ci-1-profile partOf this (stack member Profile)
    internet-gateway-attachment IGW|vpc-0001 partOf this (stack member VPCGatewayAttachment)
    role eksctl-ci-1-cluster-ServiceRole-0A1B partOf this (stack member ServiceRole)
    role-in-profile eksctl-ci-1-profile/eksctl-ci-1-cluster-ServiceRole-0A1B partOf this (stack member Profile)
    route rtb-0002|0.0.0.0/0 partOf this (stack member PublicSubnetRoute)
    route-table rtb-0002 partOf this (stack member PublicRouteTable)
    security-group sg-0004 partOf this (stack member SharedGroup)
    subnet subnet-0001 partOf this (stack member SubnetPublicUSEAST1A)
    this dependsOn role cfn-service (RoleARN)
    vpc vpc-0001 partOf this (stack member VPC)"
  `)
})

test('what a stack retains, and what has no kind, is told but is no part of it', () => {
  const { data } = factsOf('aws:stack')
  expect(data).toMatchInlineSnapshot(`
    {
      "failed": [
        "SubnetPublicUSEAST1A: has dependencies and cannot be deleted",
      ],
      "reason": "The following resource(s) failed to delete: [SubnetPublicUSEAST1A].",
      "region": "us-east-1",
      "retained": [
        "Data (AWS::EC2::Volume vol-0a1b2c3d4e5f60003)",
      ],
      "unmapped": [
        "PolicyELBPermissions (AWS::IAM::Policy eksct-Poli-1A2B3C)",
      ],
    }
  `)
})

test('a nested stack goes with its parent', () => {
  expect(drawn('aws:stack', 1)).toMatchInlineSnapshot(
    `"this partOf stack stack/eksctl-ci-1-cluster/7f1a2b30-9c1d-11f0-8a6e-0a1b2c3d4e5f (ParentId)"`,
  )
})

test('a cluster uses its network and role; its own group goes with it, its provider after it', () => {
  expect(drawn('aws:eks-cluster')).toMatchInlineSnapshot(`
    "log-group /aws/eks/ci-1/cluster restoredBy this (the control plane writes its log group anew)
    security-group sg-0002 partOf this (resourcesVpcConfig.clusterSecurityGroupId)
    this dependsOn "oidc.eks.us-east-1.amazonaws.com/id/8D1F0B5E7A3C4D2E9F6A1B0C8D7E6F5A" (identity.oidc.issuer, leaks)
    this dependsOn role eksctl-ci-1-cluster-ServiceRole-0A1B (roleArn)
    this dependsOn security-group sg-0004 (resourcesVpcConfig.securityGroupIds)
    this dependsOn subnet subnet-0001 (resourcesVpcConfig.subnetIds)"
  `)
})

test('a nodegroup goes before its cluster and takes its group of machines along', () => {
  expect(drawn('aws:nodegroup')).toMatchInlineSnapshot(`
    "auto-scaling-group eks-a-0a1b partOf this (resources.autoScalingGroups)
    security-group sg-0005 partOf this (resources.remoteAccessSecurityGroup)
    this dependsOn eks-cluster ci-1 (clusterName)
    this dependsOn launch-template lt-0002 (launchTemplate)
    this dependsOn role eksctl-ci-1-nodegroup-a-NodeInstanceRole-0A1B (nodeRole)
    this dependsOn subnet subnet-0001 (subnets)"
  `)
})

test('an add-on goes with its cluster', () => {
  expect(drawn('aws:addon')).toMatchInlineSnapshot(`
    "this dependsOn role ci-1-cni (serviceAccountRoleArn, leaks)
    this partOf eks-cluster ci-1 (clusterName, alone)"
  `)
})

test('a group of machines uses what it launches with, and nothing of that is refused', () => {
  expect(drawn('aws:auto-scaling-group')).toMatchInlineSnapshot(`
    "this dependsOn launch-template lt-0001 (LaunchTemplate, leaks)
    this dependsOn subnet subnet-0001 (VPCZoneIdentifier, leaks)
    this dependsOn subnet subnet-0002 (VPCZoneIdentifier, leaks)
    this dependsOn target-group targetgroup/k8s-default-web-1b2c3d4e5f/73e2d6bc24d8a067 (TargetGroupARNs, leaks)
    this partOf nodegroup ci-1/a (tag eks:nodegroup-name)"
  `)
})

test('a machine takes its root volume along, keeps others, and is made again by its group', () => {
  expect(drawn('aws:instance')).toMatchInlineSnapshot(`
    "this dependsOn instance-profile eks-0a1b (IamInstanceProfile, leaks)
    this dependsOn security-group sg-0002 (SecurityGroups)
    this dependsOn subnet subnet-0001 (SubnetId)
    this dependsOn volume vol-0002 (BlockDeviceMappings)
    this partOf auto-scaling-group eks-a-0a1b (tag aws:autoscaling:groupName, alone)
    this restoredBy auto-scaling-group eks-a-0a1b (tag aws:autoscaling:groupName)
    volume vol-0001 partOf this (BlockDeviceMappings)"
  `)
})

test('a machine that EKS runs by itself goes with the cluster', () => {
  expect(drawn('aws:instance', 2)).toMatchInlineSnapshot(`
    "this dependsOn subnet subnet-0001 (SubnetId)
    this partOf eks-cluster ci-1 (Operator eks.amazonaws.com)"
  `)
})

test('a claimed volume waits for the machine that has it', () => {
  expect(drawn('aws:volume', 1)).toMatchInlineSnapshot(`"instance i-0001 dependsOn this (Attachments.InstanceId)"`)
})

test('a load balancer goes with the Service it was made for, if anybody sees that', () => {
  expect(drawn('aws:load-balancer')).toMatchInlineSnapshot(`
    "this dependsOn elastic-ip eipalloc-0003 (LoadBalancerAddresses.AllocationId)
    this dependsOn internet-gateway-attachment IGW|vpc-0001 (Scheme internet-facing)
    this dependsOn security-group sg-0003 (SecurityGroups)
    this dependsOn subnet subnet-0001 (AvailabilityZones)
    this partOf "service:ci-1/default/web" (tag service.k8s.aws/stack, alone)
    this servedBy "controller:ci-1/elbv2.k8s.aws" (tag elbv2.k8s.aws/cluster)"
  `)
  expect(drawn('aws:classic-load-balancer')).toMatchInlineSnapshot(`
    "this dependsOn internet-gateway-attachment IGW|vpc-0001 (Scheme internet-facing)
    this dependsOn security-group sg-0003 (SecurityGroups)
    this dependsOn subnet subnet-0001 (Subnets)
    this partOf "service:ci-1/default/web" (tag kubernetes.io/service-name, alone)
    this servedBy "controller:ci-1/cloud-provider-aws" (tag kubernetes.io/cluster/ci-1)"
  `)
})

test('a target group outlives the listeners and load balancers that name it', () => {
  expect(drawn('aws:listener')).toMatchInlineSnapshot(`
    "this dependsOn target-group targetgroup/k8s-default-web-1b2c3d4e5f/73e2d6bc24d8a067 (DefaultActions)
    this partOf load-balancer loadbalancer/net/k8s-default-web-0a1b2c3d4e/50dc6c495c0c9188 (LoadBalancerArn)"
  `)
  expect(drawn('aws:target-group')).toMatchInlineSnapshot(`
    "load-balancer loadbalancer/net/k8s-default-web-0a1b2c3d4e/50dc6c495c0c9188 dependsOn this (LoadBalancerArns)
    this dependsOn vpc vpc-0001 (VpcId, leaks)
    this partOf "service:ci-1/default/web" (tag service.k8s.aws/stack, alone)
    this servedBy "controller:ci-1/elbv2.k8s.aws" (tag elbv2.k8s.aws/cluster)"
  `)
})

test('an endpoint service holds its load balancer, an endpoint its service', () => {
  expect(drawn('aws:vpc-endpoint-service')).toMatchInlineSnapshot(
    `"this dependsOn load-balancer loadbalancer/net/k8s-default-web-0a1b2c3d4e/50dc6c495c0c9188 (NetworkLoadBalancerArns)"`,
  )
  expect(drawn('aws:vpc-endpoint')).toMatchInlineSnapshot(`
    "network-interface eni-0005 partOf this (NetworkInterfaceIds)
    this dependsOn security-group sg-0002 (Groups)
    this dependsOn subnet subnet-0001 (SubnetIds)
    this dependsOn vpc vpc-0001 (VpcId)
    this dependsOn vpc-endpoint-service vpce-svc-0001 (ServiceName)"
  `)
})

test('a rule holds the group that it names and goes with the one it is in', () => {
  expect(drawn('aws:security-group-rule')).toMatchInlineSnapshot(`
    "this dependsOn security-group sg-0003 (ReferencedGroupInfo.GroupId)
    this partOf security-group sg-0002 (GroupId, alone)"
  `)
})

test('default groups, tables and ACLs go with their VPC; others are in its way', () => {
  for (const kind of ['aws:security-group', 'aws:route-table', 'aws:network-acl']) {
    expect(factsOf(kind).fixed).toMatch(/goes with/)
    expect(drawn(kind)).toContain('partOf vpc')
  }
  expect(drawn('aws:route-table', 1)).toMatchInlineSnapshot(`"this dependsOn vpc vpc-0001 (VpcId)"`)
  expect(drawn('aws:network-acl', 1)).toMatchInlineSnapshot(`
    "subnet subnet-0001 dependsOn this (Associations.SubnetId)
    this dependsOn vpc vpc-0001 (VpcId)"
  `)
})

test('the group of EKS goes with the cluster, the one of a Service with the Service', () => {
  expect(drawn('aws:security-group', 1)).toMatchInlineSnapshot(`
    "this dependsOn vpc vpc-0001 (VpcId)
    this partOf eks-cluster ci-1 (tag aws:eks:cluster-name)"
  `)
  expect(drawn('aws:security-group', 2)).toMatchInlineSnapshot(`
    "this dependsOn vpc vpc-0001 (VpcId)
    this partOf "service:ci-1/default/web" (tag service.k8s.aws/stack, alone)
    this servedBy "controller:ci-1/elbv2.k8s.aws" (tag elbv2.k8s.aws/cluster)"
  `)
})

test('a NAT gateway holds subnet, address and gateway attachment', () => {
  expect(drawn('aws:nat-gateway')).toMatchInlineSnapshot(`
    "address-association eipassoc-0001 partOf this (NatGatewayAddresses.AssociationId)
    this dependsOn elastic-ip eipalloc-0001 (NatGatewayAddresses.AllocationId)
    this dependsOn internet-gateway-attachment IGW|vpc-0001 (NatGatewayAddresses.PublicIp)
    this dependsOn subnet subnet-0001 (SubnetId)"
  `)
})

test('neither gateway nor VPC goes while they are attached', () => {
  expect(drawn('aws:internet-gateway-attachment')).toMatchInlineSnapshot(`
    "this dependsOn internet-gateway igw-0001 (InternetGatewayId)
    this dependsOn vpc vpc-0001 (Attachments.VpcId)"
  `)
})

test('an address is held by its mapping; only that of a machine can be cut by itself', () => {
  expect(drawn('aws:address-association')).toMatchInlineSnapshot(`
    "this dependsOn elastic-ip eipalloc-0001 (AllocationId)
    this partOf network-interface eni-0004 (NetworkInterfaceId)"
  `)
  expect(drawn('aws:address-association', 1)).toMatchInlineSnapshot(`
    "this dependsOn elastic-ip eipalloc-0002 (AllocationId)
    this partOf instance i-0001 (InstanceId, alone)
    this partOf network-interface eni-0001 (NetworkInterfaceId, alone)"
  `)
})

test('a route goes before what it leads to, though nothing would refuse', () => {
  expect(drawn('aws:route')).toMatchInlineSnapshot(`
    "this dependsOn nat-gateway nat-0001 (NatGatewayId, leaks)
    this partOf route-table rtb-0002 (RouteTableId, alone)"
  `)
  expect(drawn('aws:route', 1)).toMatchInlineSnapshot(`
    "this dependsOn internet-gateway igw-0001 (GatewayId, leaks)
    this partOf route-table rtb-0002 (RouteTableId, alone)"
  `)
})

test('a table is held by its association, which goes with the subnet or by itself', () => {
  expect(drawn('aws:route-table-association')).toMatchInlineSnapshot(`
    "this dependsOn route-table rtb-0002 (RouteTableId)
    this partOf subnet subnet-0001 (SubnetId, alone)"
  `)
})

test('neither role nor profile goes while one is in the other', () => {
  expect(drawn('aws:role-in-profile')).toMatchInlineSnapshot(`
    "this dependsOn instance-profile ci-1_1234567890123456789 (InstanceProfileName)
    this dependsOn role KarpenterNodeRole-ci-1 (Roles)"
  `)
})

test('deleted and terminated ones that AWS still lists are gone', () => {
  expect(factsOf('aws:nat-gateway', 1).phase).toBe('gone')
  expect(factsOf('aws:instance', 1).phase).toBe('gone')
  expect(factsOf('aws:vpc-endpoint', 1).phase).toBe('going')
})

test('an update that runs shows as a change, whatever the status says', () => {
  expect(factsOf('aws:eks-cluster', 1).phase).toBe('changing')
  expect(factsOf('aws:stack', 1).phase).toBe('changing')
})

test('a degraded nodegroup can be deleted like any other', () => {
  expect(factsOf('aws:nodegroup').phase).toBe('steady')
})

test('protections are told with the word that lifts them', () => {
  const ids = [
    'aws:stack',
    'aws:eks-cluster',
    'aws:instance',
    'aws:load-balancer',
    'aws:auto-scaling-group',
    'aws:log-group',
  ].map((kind) => factsOf(kind).protections?.map(({ id }) => id))
  expect(ids.flat()).toEqual([
    'EnableTerminationProtection',
    'deletionProtection',
    'disableApiTermination',
    'deletion_protection.enabled',
    'DeletionProtection',
    'deletionProtectionEnabled',
  ])
})

test('only what nobody spoke for holds data', () => {
  expect(factsOf('aws:volume', 0).holdsData).toBeUndefined() // goes with its machine
  expect(factsOf('aws:volume', 1).holdsData).toBe('unknown') // the reclaim policy is in Kubernetes
  expect(factsOf('aws:log-group', 0).holdsData).toBeUndefined() // logs of the control plane
  expect(factsOf('aws:log-group', 1).holdsData).toBe('unknown')
})

test('names by which others call them', () => {
  expect(factsOf('aws:load-balancer').aliases?.at(-1)).toBe(
    'k8s-default-web-0a1b2c3d4e-50dc6c495c0c9188.elb.us-east-1.amazonaws.com',
  )
  expect(factsOf('aws:instance').aliases).toEqual(['instance:i-0a1b2c3d4e5f60001'])
  expect(factsOf('aws:volume').aliases).toEqual(['volume:vol-0a1b2c3d4e5f60001'])
  const [, endpoint, issuer] = factsOf('aws:eks-cluster').aliases ?? []
  expect(endpoint).toBe('8d1f0b5e7a3c4d2e9f6a1b0c8d7e6f5a.gr7.us-east-1.eks.amazonaws.com')
  expect(factsOf('aws:oidc-provider').aliases?.at(-1)).toBe(issuer?.replace('https://', ''))
})

test('a provider is the cluster’s whose issuer it names; others have no such evidence', () => {
  expect(factsOf('aws:oidc-provider').evidence?.map(({ rule }) => rule)).toEqual(['issuer-of-cluster'])
  expect(factsOf('aws:oidc-provider', 1).evidence).toEqual([])
})
