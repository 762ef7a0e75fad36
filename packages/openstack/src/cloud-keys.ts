/** The keys of `auth`, all of them for the auth types of `logins` (https://docs.openstack.org/keystoneauth/latest/plugin-options.html). */
export const authKeys: ReadonlySet<string> = new Set([
  'application_credential_id',
  'application_credential_name',
  'application_credential_secret',
  'auth_methods',
  'auth_url',
  'default_domain',
  'default_domain_id',
  'default_domain_name',
  'domain_id',
  'domain_name',
  'passcode',
  'password',
  'project_domain_id',
  'project_domain_name',
  'project_id',
  'project_name',
  'system_scope',
  'token',
  'trust_id',
  'user_domain_id',
  'user_domain_name',
  'user_id',
  'username',
])

// Old names, as openstacksdk still takes them (`_fix_backwards_auth`, `_fix_backwards_auth_plugin`, `_expand_vendor_profile`).
const oldNames: Readonly<Record<string, string>> = {
  auth_plugin: 'auth_type',
  auth_token: 'token',
  cloud: 'profile',
  tenant_id: 'project_id',
  tenant_name: 'project_name',
  user_name: 'username',
}

export function canonicalKey(key: string): string {
  const name = key.replaceAll('-', '_').replace(/endpoint_type$/, 'interface')
  return oldNames[name] ?? name
}
