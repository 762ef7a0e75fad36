import { badCloud } from './clouds-file.ts'

/** What goes to `POST /v3/auth/tokens`. Secrets are reached by a call only, so that no dump of a configuration shows them. */
export interface Login {
  readonly type: string
  body(): object
  secrets(): readonly string[]
}

/** Reads the keys of `auth`: one that may be absent, and one of several that must be there. */
interface Auth {
  get(key: string): string | undefined
  need(...keys: readonly string[]): string
}

type Method = (auth: Auth) => readonly [name: string, data: object]

const userOf = (auth: Auth): object => {
  const id = auth.get('user_id')
  return id ? { id } : { name: auth.need('username', 'user_id'), domain: domainOf(auth, 'user') }
}

// https://docs.openstack.org/api-ref/identity/v3/#authentication-and-token-management
const password: Method = (auth) => ['password', { user: { ...userOf(auth), password: auth.need('password') } }]
const token: Method = (auth) => ['token', { id: auth.need('token') }]
const totp: Method = (auth) => ['totp', { user: { ...userOf(auth), passcode: auth.need('passcode') } }]
const applicationCredential: Method = (auth) => {
  const id = auth.get('application_credential_id')
  const who = id
    ? { id }
    : { name: auth.need('application_credential_id', 'application_credential_name'), user: userOf(auth) }
  return ['application_credential', { ...who, secret: auth.need('application_credential_secret') }]
}

const logins: Readonly<Record<string, Method>> = {
  password,
  v3password: password,
  token,
  v3token: token,
  v3applicationcredential: applicationCredential,
  v3totp: totp,
}
const knownTypes: readonly string[] = [...Object.keys(logins), 'v3multifactor']
const secretKeys = ['password', 'passcode', 'token', 'application_credential_secret']

/** Throws a `MisuseError` that names the key that is missing, or the auth type that is not known. */
export function createLogin(type: string, at: string, auth: Auth): Login {
  const methods = type === 'v3multifactor' ? auth.need('auth_methods').split(',') : [type]
  const identity: Record<string, unknown> = {}
  const names: string[] = []
  for (const wanted of methods.map((method) => method.trim())) {
    const method = Object.hasOwn(logins, wanted) ? logins[wanted] : undefined
    if (!method)
      badCloud(at, `the auth type "${wanted}" is not one this client can do; known are ${knownTypes.join(', ')}`)
    const [name, data] = method(auth)
    names.push(name)
    identity[name] = data
  }
  // An application credential is bound to its project and refuses a scope.
  const scope = names.includes('application_credential') ? undefined : scopeOf(at, auth)
  const body = { auth: { identity: { methods: names, ...identity }, ...(scope ? { scope } : {}) } }
  const secrets = secretKeys.map((key) => auth.get(key)).filter((secret) => secret !== undefined)
  return { type, body: () => body, secrets: () => secrets }
}

/** No scope at all gives the user's default project, where there is one. */
function scopeOf(at: string, auth: Auth): object | undefined {
  const id = auth.get('project_id')
  if (id) return { project: { id } }
  const name = auth.get('project_name')
  if (name) return { project: { name, domain: domainOf(auth, 'project') } }
  const trust = auth.get('trust_id')
  if (trust) return { 'OS-TRUST:trust': { id: trust } }
  const wide = ['system_scope', 'domain_id', 'domain_name'].find((key) => auth.get(key) !== undefined)
  if (wide)
    badCloud(
      at,
      `\`${wide}\` asks for a token that is bound to no project, and this client works in one: give \`project_id\``,
    )
  return undefined
}

/**
 * `domain_id` and `domain_name` stand for user and project alike, as in openstacksdk; `default_domain` is an id and defaults to `default`, as in
 * python-openstackclient.
 */
function domainOf(auth: Auth, of: 'user' | 'project'): object {
  for (const prefix of [`${of}_domain`, 'domain', 'default_domain']) {
    const id = auth.get(`${prefix}_id`)
    if (id) return { id }
    const name = auth.get(`${prefix}_name`)
    if (name) return { name }
  }
  return { id: auth.get('default_domain') ?? 'default' }
}
