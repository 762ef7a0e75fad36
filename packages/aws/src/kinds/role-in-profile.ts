import type { InstanceProfile } from '@aws-sdk/client-iam'
import { dependsOn, type Io, ref } from '@cleardown/core'
import { type AwsKind, awsKind, cli } from '../aws-kind.ts'
import { type Aws, pages, send } from '../client.ts'

interface Raw {
  readonly profile: string
  readonly profileId: string
  readonly role: string
  readonly roleId: string
}

async function* memberships(io: Io<Aws>): AsyncGenerator<Raw, void, undefined> {
  for await (const one of pages<InstanceProfile>(
    io,
    'iam',
    'ListInstanceProfiles',
    { MaxItems: 1000 },
    'InstanceProfiles',
  ))
    for (const { RoleName, RoleId } of one.Roles ?? [])
      yield {
        profile: one.InstanceProfileName ?? '',
        profileId: one.InstanceProfileId ?? '',
        role: RoleName ?? '',
        roleId: RoleId ?? '',
      }
}

/** Neither the role nor the profile can be deleted while it is there. A stack names it as its member; elsewhere it is the profile owner's. */
export const roleInProfile: AwsKind = awsKind({
  name: 'aws:role-in-profile',
  service: 'iam',
  place: 'global',
  link: true,
  uses: ['aws:role', 'aws:instance-profile'],
  find: { all: memberships },
  facts: (raw) => {
    const profile = ref('aws:instance-profile', raw.profile, 'global')
    return {
      id: `${raw.profile}/${raw.role}`,
      incarnation: `${raw.profileId}/${raw.roleId}`,
      phase: 'steady',
      state: 'added',
      relations: [dependsOn(ref('aws:role', raw.role, 'global'), 'Roles'), dependsOn(profile, 'InstanceProfileName')],
      evidence: [
        {
          rule: 'profile-of-ours',
          says: 'ours',
          strength: 'proof',
          field: 'InstanceProfileName',
          value: raw.profile,
          through: profile,
        },
      ],
      data: { profile: raw.profile, role: raw.role },
    }
  },
  async remove(io, it) {
    await send(io, 'iam', 'RemoveRoleFromInstanceProfile', {
      InstanceProfileName: it.data.profile,
      RoleName: it.data.role,
    })
  },
  async restore(io, it) {
    await send(io, 'iam', 'AddRoleToInstanceProfile', { InstanceProfileName: it.data.profile, RoleName: it.data.role })
  },
  manual: (it) =>
    cli('iam', 'remove-role-from-instance-profile', {
      'instance-profile-name': it.data.profile,
      'role-name': it.data.role,
    }),
  latency: { typicalMs: 1_000, worstMs: 30_000 }, // at once
})
