import type { AwsKind } from '../aws-kind.ts'
import { addon } from './addon.ts'
import { addressAssociation } from './address-association.ts'
import { autoScalingGroup } from './auto-scaling-group.ts'
import { classicLoadBalancer } from './classic-load-balancer.ts'
import { eksCluster } from './eks-cluster.ts'
import { elasticIp } from './elastic-ip.ts'
import { fargateProfile } from './fargate-profile.ts'
import { instance } from './instance.ts'
import { instanceProfile } from './instance-profile.ts'
import { internetGateway } from './internet-gateway.ts'
import { internetGatewayAttachment } from './internet-gateway-attachment.ts'
import { launchTemplate } from './launch-template.ts'
import { listener } from './listener.ts'
import { loadBalancer } from './load-balancer.ts'
import { logGroup } from './log-group.ts'
import { natGateway } from './nat-gateway.ts'
import { networkAcl } from './network-acl.ts'
import { networkInterface } from './network-interface.ts'
import { nodegroup } from './nodegroup.ts'
import { oidcProvider } from './oidc-provider.ts'
import { role } from './role.ts'
import { roleInProfile } from './role-in-profile.ts'
import { route } from './route.ts'
import { routeTable } from './route-table.ts'
import { routeTableAssociation } from './route-table-association.ts'
import { securityGroup } from './security-group.ts'
import { securityGroupRule } from './security-group-rule.ts'
import { stack } from './stack.ts'
import { subnet } from './subnet.ts'
import { targetGroup } from './target-group.ts'
import { volume } from './volume.ts'
import { vpc } from './vpc.ts'
import { vpcEndpoint } from './vpc-endpoint.ts'
import { vpcEndpointService } from './vpc-endpoint-service.ts'

/** One line for each file of this folder. The order has no meaning. */
export const kinds: readonly AwsKind[] = [
  addon,
  addressAssociation,
  autoScalingGroup,
  classicLoadBalancer,
  eksCluster,
  elasticIp,
  fargateProfile,
  instance,
  instanceProfile,
  internetGateway,
  internetGatewayAttachment,
  launchTemplate,
  listener,
  loadBalancer,
  logGroup,
  natGateway,
  networkAcl,
  networkInterface,
  nodegroup,
  oidcProvider,
  role,
  roleInProfile,
  route,
  routeTable,
  routeTableAssociation,
  securityGroup,
  securityGroupRule,
  stack,
  subnet,
  targetGroup,
  volume,
  vpc,
  vpcEndpoint,
  vpcEndpointService,
]
