import type { OpenStackKind } from '../openstack-kind.ts'
import { applicationCredential } from './application-credential.ts'
import { backup } from './backup.ts'
import { container } from './container.ts'
import { floatingIp } from './floating-ip.ts'
import { floatingIpAssociation } from './floating-ip-association.ts'
import { image } from './image.ts'
import { keypair } from './keypair.ts'
import { listener } from './listener.ts'
import { loadBalancer } from './load-balancer.ts'
import { network } from './network.ts'
import { pool } from './pool.ts'
import { port } from './port.ts'
import { portForwarding } from './port-forwarding.ts'
import { rbacPolicy } from './rbac-policy.ts'
import { recordSet } from './record-set.ts'
import { route } from './route.ts'
import { router } from './router.ts'
import { routerInterface } from './router-interface.ts'
import { securityGroup } from './security-group.ts'
import { securityGroupRule } from './security-group-rule.ts'
import { server } from './server.ts'
import { serverGroup } from './server-group.ts'
import { share } from './share.ts'
import { shareNetwork } from './share-network.ts'
import { shareSnapshot } from './share-snapshot.ts'
import { snapshot } from './snapshot.ts'
import { stack } from './stack.ts'
import { subnet } from './subnet.ts'
import { subnetPool } from './subnet-pool.ts'
import { subport } from './subport.ts'
import { trunk } from './trunk.ts'
import { volume } from './volume.ts'
import { volumeAttachment } from './volume-attachment.ts'
import { volumeTransfer } from './volume-transfer.ts'
import { zone } from './zone.ts'

/** Every kind of this adapter; one file each. */
export const kinds: readonly OpenStackKind[] = [
  applicationCredential,
  backup,
  container,
  floatingIpAssociation,
  floatingIp,
  image,
  keypair,
  listener,
  loadBalancer,
  network,
  pool,
  portForwarding,
  port,
  rbacPolicy,
  recordSet,
  route,
  routerInterface,
  router,
  securityGroupRule,
  securityGroup,
  serverGroup,
  server,
  shareNetwork,
  shareSnapshot,
  share,
  snapshot,
  stack,
  subnetPool,
  subnet,
  subport,
  trunk,
  volumeAttachment,
  volumeTransfer,
  volume,
  zone,
]
