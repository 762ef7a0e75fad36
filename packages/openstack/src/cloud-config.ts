import { MisuseError } from '@cleardown/core'
import { authKeys } from './cloud-keys.ts'
import { badCloud, type Layer, layerOf, mergeLayers, type Region, type Setting } from './clouds-file.ts'
import type { Environment } from './environment.ts'
import { type Clouds, expandHome, findClouds } from './find-clouds.ts'
import type { Fetch } from './http.ts'
import { createLogin, type Login } from './login.ts'
import { type Service, serviceNames, services } from './services.ts'
import type { Tls } from './tls-fetch.ts'

export type Interface = 'public' | 'internal' | 'admin'

export interface CloudOptions {
  /** Entry of `clouds.yaml`. Default: `OS_CLOUD`, else the `OS_*` variables, else the file's only entry. */
  readonly cloud?: string
  /** Keys as in the `auth` of `clouds.yaml`; they win over it. With `auth_url` and without `cloud` nothing else is read. */
  readonly auth?: Readonly<Record<string, string>>
  /** Default: as configured, else by the secret that is given: `v3applicationcredential`, `token` or `password`. */
  readonly authType?: string
  /** Default: as configured, else the catalogue's only one. */
  readonly region?: string
  /** Which of a service's endpoints are used; default `public`. */
  readonly interface?: Interface
  /** Endpoints to use instead of the catalogue's. */
  readonly endpoints?: Readonly<Partial<Record<Service, string>>>
  /** `false`: any certificate will do. */
  readonly verify?: boolean
  /** Path of a PEM file with the authorities to trust instead of Node's own. */
  readonly cacert?: string
  /** Gives a token of a project that was made elsewhere; asked again when that one is no longer accepted. */
  readonly token?: () => string | Promise<string>
  /** Instead of the global one; `verify`, `cacert`, `cert` and `key` are then its own business. */
  readonly fetch?: typeof fetch
}

/** One cloud, ready to be spoken to. Secrets are behind functions. */
export interface ResolvedCloud {
  readonly name: string
  /** Root of Keystone, without version. */
  readonly authUrl: string
  readonly login: Login | { readonly type: 'given'; token(): Promise<string> }
  readonly region?: string
  readonly interface: Interface
  readonly endpoints: Readonly<Partial<Record<Service, string>>>
  /** Major versions that the configuration asks for. */
  readonly majors: Readonly<Partial<Record<Service, { readonly major: number; readonly at: string }>>>
  readonly fetch?: Fetch
  /** Only where trust is not Node's own. */
  readonly tls?: Tls
}

/**
 * Finds and reads one cloud the way openstacksdk does: profile, `clouds.yaml` with `secure.yaml`, the region's own values, options; later ones win.
 * Throws a `MisuseError`: `unknown-cloud` with the known names, `bad-cloud` with file, line and key.
 */
export function resolveCloud(options: CloudOptions, environment: Environment): ResolvedCloud {
  const { name, layer, fromFile } = chooseCloud(options, environment)
  const region = chooseRegion(
    name,
    layer,
    options.region ?? (fromFile ? environment.variables['OS_REGION_NAME'] : undefined),
  )
  const merged = mergeLayers(region?.layer ? mergeLayers(layer, region.layer) : layer, layerOfOptions(options))

  const value = (key: string): string | undefined => textOf(merged.values.get(key))
  const where = (key: string): string => (merged.values.get(key) ?? merged.auth.get(key))?.at ?? merged.at
  const url = (key: string, setting: Setting | undefined): string | undefined => {
    const text = textOf(setting)?.replace(/\{(\w+)\}/g, (whole, of: string) =>
      of === 'region_name' ? (region?.name ?? whole) : (value(of) ?? whole),
    )
    if (text !== undefined && !(URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)))
      badCloud(setting?.at ?? merged.at, `\`${key}\` is "${text}", and that is no http: or https: URL`)
    return text
  }
  const auth = {
    get: (key: string): string | undefined => textOf(merged.auth.get(key)),
    need: (...keys: readonly string[]): string => {
      for (const key of keys) {
        const found = textOf(merged.auth.get(key))
        if (found !== undefined) return found
      }
      return missing(name, merged, keys)
    },
  }

  const authUrl = url('auth_url', merged.auth.get('auth_url')) ?? missing(name, merged, ['auth_url'])
  const { token } = options
  const login = token
    ? { type: 'given' as const, token: async () => token() }
    : createLogin(value('auth_type') ?? guessType(merged), where('auth_type'), auth)
  const tls = options.fetch ? undefined : readTls(merged, environment)
  const endpoints: Partial<Record<Service, string>> = {}
  const majors: Partial<Record<Service, { major: number; at: string }>> = {}
  for (const service of serviceNames) {
    for (const type of [...services[service].types].reverse()) {
      const prefix = type.replaceAll('-', '_')
      const key = `${prefix}_endpoint_override`
      const endpoint = url(key, merged.values.get(key))
      if (endpoint) endpoints[service] = endpoint
      const major = Number.parseInt(value(`${prefix}_api_version`)?.replace(/^v/, '') ?? '', 10)
      if (!Number.isNaN(major)) majors[service] = { major, at: where(`${prefix}_api_version`) }
    }
  }
  return {
    name,
    authUrl: authUrl.replace(/\/+$/, '').replace(/\/v(3|2\.0)$/, ''),
    login,
    ...(region?.name ? { region: region.name } : {}),
    interface: readInterface(merged.values.get('interface')),
    endpoints: { ...endpoints, ...options.endpoints },
    majors,
    ...(options.fetch ? { fetch: options.fetch } : {}),
    ...(tls ? { tls } : {}),
  }
}

function chooseCloud(
  options: CloudOptions,
  environment: Environment,
): { readonly name: string; readonly layer: Layer; readonly fromFile: boolean } {
  if (options.cloud === undefined && options.auth?.['auth_url'] !== undefined)
    return { name: 'options', layer: layerOf('the options', []), fromFile: false }

  const clouds = findClouds(environment)
  const { known, fromVariables } = clouds
  const only = known.size === 1 ? [...known.keys()][0] : undefined
  const name = options.cloud ?? (environment.variables['OS_CLOUD'] || fromVariables || only)
  const names = known.size > 0 ? `known are ${[...known.keys()].join(', ')}` : 'none is known'
  const source = clouds.path ?? 'no clouds.yaml was found'
  if (name === undefined)
    throw new MisuseError('unknown-cloud', `no cloud was named: set \`cloud\` or OS_CLOUD; ${names} (${source})`)
  const own = known.get(name)
  if (!own) throw new MisuseError('unknown-cloud', `there is no cloud "${name}"; ${names} (${source})`)
  return { name, layer: withProfile(own, clouds), fromFile: name !== fromVariables }
}

/** Profiles come from `clouds-public.yaml` alone; the list that openstacksdk carries is not copied. */
function withProfile(own: Layer, clouds: Clouds): Layer {
  const setting = own.values.get('profile')
  const name = textOf(setting)
  if (name === undefined || name === clouds.fromVariables) return own
  const profile = clouds.profile(name)
  if (profile) return { ...mergeLayers(profile, own), at: own.at }
  if (own.auth.has('auth_url')) return own
  return badCloud(
    setting?.at ?? own.at,
    `\`profile\` is "${name}", which no clouds-public.yaml holds; write its \`auth_url\` here, or add that file`,
  )
}

function chooseRegion(cloud: string, layer: Layer, wanted: string | undefined): Region | undefined {
  const configured = layer.regions
  if (!configured) {
    const setting = layer.values.get('region_name')
    const name = wanted ?? textOf(setting)?.split(',')[0]?.trim()
    return name ? { name } : undefined
  }
  if (!wanted) return configured[0]
  const found = configured.find((region) => region.name === wanted)
  const names = configured.map((region) => region.name).join(', ')
  return found ?? badCloud(layer.at, `the cloud "${cloud}" has no region "${wanted}"; its \`regions\` are ${names}`)
}

function layerOfOptions(options: CloudOptions): Layer {
  const { authType, interface: face, verify, cacert } = options
  const layer = layerOf('the options', [
    ...Object.entries(options.auth ?? {}).map(
      ([key, value]) => [key, { value, at: `the option auth.${key}` }] as const,
    ),
    ...Object.entries({ auth_type: authType, interface: face, cacert, verify: verify?.toString() }).flatMap(
      ([key, value]) => (value === undefined ? [] : [[key, { value, at: `the option ${key}` }] as const]),
    ),
  ])
  return layer
}

/** The likeliest type where none is named; openstacksdk always takes `password`. */
function guessType({ auth }: Layer): string {
  if (auth.has('application_credential_secret')) return 'v3applicationcredential'
  return auth.has('token') && !auth.has('password') ? 'token' : 'password'
}

function readInterface(setting: Setting | undefined): Interface {
  const text = textOf(setting)?.split(',')[0]?.replace(/URL$/, '') ?? 'public'
  if (text === 'public' || text === 'internal' || text === 'admin') return text
  return badCloud(setting?.at ?? '', `\`interface\` is "${text}"; it is public, internal or admin`)
}

/** `insecure` is the stronger word (https://docs.openstack.org/openstacksdk/latest/user/config/configuration.html#ssl-settings). */
function readTls({ values }: Layer, environment: Environment): Tls | undefined {
  const verify = !readFlag('insecure', values.get('insecure'), false) && readFlag('verify', values.get('verify'), true)
  const pem = (key: string): string | undefined => {
    const setting = values.get(key)
    const path = textOf(setting)
    if (path === undefined) return undefined
    const text = environment.read(expandHome(path, environment))
    return text ?? badCloud(setting?.at ?? '', `\`${key}\` is "${path}", and there is no such file that can be read`)
  }
  const [ca, cert, key] = [verify ? pem('cacert') : undefined, pem('cert'), pem('key')]
  if (verify && !ca && !cert) return undefined
  return { verify, ...(ca ? { ca } : {}), ...(cert ? { cert } : {}), ...(key ? { key } : {}) }
}

function readFlag(key: string, setting: Setting | undefined, otherwise: boolean): boolean {
  const text = textOf(setting)?.toLowerCase()
  if (text === undefined) return otherwise
  if (['true', 'yes', 'on', '1'].includes(text)) return true
  if (['false', 'no', 'off', '0'].includes(text)) return false
  return badCloud(setting?.at ?? '', `\`${key}\` is "${text}"; it is true or false`)
}

/** Says which key is missing, and which one that is there may have been meant for it. */
function missing(cloud: string, layer: Layer, keys: readonly string[]): never {
  const strange = [...layer.auth].filter(([key]) => !authKeys.has(key))
  const hint = strange.map(([key, { at }]) => `; \`${key}\` at ${at} is no known key of \`auth\``).join('')
  return badCloud(
    layer.at,
    `the cloud "${cloud}" has no ${keys.map((key) => `\`${key}\``).join(' and no ')} in \`auth\`${hint}`,
  )
}

function textOf(setting: Setting | undefined): string | undefined {
  const value = setting?.value
  if (Array.isArray(value)) return value.map(String).join(',')
  if (value === undefined || value === null || value === '') return undefined
  if (typeof value === 'object') return badCloud(setting?.at ?? '', 'a text stands here, no mapping')
  return String(value)
}
