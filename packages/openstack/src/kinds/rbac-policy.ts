import { dependsOn, type KindName, ref } from '@cleardown/core'
import { type NeutronRow, neutronWays, removeUnchanged } from '../neutron.ts'
import { cli, marksOf, type OpenStackKind, openstackKind } from '../openstack-kind.ts'

interface PolicyRow extends NeutronRow {
  readonly object_type: string
  readonly object_id: string
  readonly action: string
  readonly target_tenant?: string
}

/** What can be shared and is a kind here. */
const objects: Readonly<Record<string, KindName>> = {
  network: 'openstack:network',
  security_group: 'openstack:security-group',
  subnetpool: 'openstack:subnet-pool',
}

/**
 * Lends a network, group or pool to other projects. What is lent would take it along, but that counts as a change of it: guarded by its revision, its
 * removal would refuse itself. So the policy goes first.
 */
export const rbacPolicy: OpenStackKind = openstackKind({
  ...neutronWays<PolicyRow>({
    path: '/rbac-policies',
    field: 'rbac_policies',
    one: 'rbac_policy',
    extension: 'rbac-policies',
  }),
  name: 'openstack:rbac-policy',
  uses: Object.values(objects),
  facts: (raw) => {
    const kind = objects[raw.object_type]
    return {
      id: raw.id,
      ...marksOf(raw),
      incarnation: raw.id,
      phase: 'steady',
      state: raw.action,
      relations: kind ? [dependsOn(ref(kind, raw.object_id), 'object_id')] : [],
      evidence: kind
        ? [
            {
              rule: 'lends-ours',
              says: 'ours',
              strength: 'proof',
              field: 'object_id',
              value: raw.object_id,
              through: ref(kind, raw.object_id),
            },
          ]
        : [],
      data: { type: raw.object_type, object: raw.object_id, target: raw.target_tenant ?? null },
    }
  },
  remove: (io, it) => removeUnchanged(io, '/rbac-policies', it),
  manual: (it) => cli('network', 'rbac', 'delete', it.id),
  latency: { typicalMs: 1_000, worstMs: 30_000 }, // at once
})
