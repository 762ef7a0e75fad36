import { posix } from 'node:path'
import { badCloud, type Layer, layerOf, mergeLayers, parseCloudsFile } from './clouds-file.ts'
import type { Environment } from './environment.ts'

/** Every cloud that the environment tells of, and where it was looked for. */
export interface Clouds {
  readonly known: ReadonlyMap<string, Layer>
  /** Name of the cloud that `OS_*` variables form, where they form one. */
  readonly fromVariables?: string
  /** The file that was read; `undefined`: there is none. */
  readonly path?: string
  profile(name: string): Layer | undefined
}

const suffixes = ['yaml', 'yml', 'json']
// They choose or find a cloud and are none by themselves (openstacksdk, `_get_os_environ`).
const selectors: ReadonlySet<string> = new Set([
  'OS_CLOUD',
  'OS_REGION_NAME',
  'OS_CLIENT_CONFIG_FILE',
  'OS_CLIENT_SECURE_FILE',
  'OS_CLOUD_NAME',
])

/** Where openstacksdk looks, in its order: https://docs.openstack.org/openstacksdk/latest/user/config/configuration.html#config-files */
function folders({ variables, cwd, home, platform }: Environment): readonly string[] {
  const own =
    platform === 'darwin' ? `${home}/Library/Application Support` : variables['XDG_CONFIG_HOME'] || `${home}/.config`
  const shared =
    platform === 'darwin' ? '/Library/Application Support' : variables['XDG_CONFIG_DIRS']?.split(':')[0] || '/etc/xdg'
  return [...new Set([cwd, `${own}/openstack`, `${home}/.config/openstack`, `${shared}/openstack`, '/etc/openstack'])]
}

/** Paths in texts of people: `~` is the home folder. */
export const expandHome = (path: string, { home }: Environment): string => path.replace(/^~(?=\/|$)/, home)

/**
 * The first `clouds` file with the first `secure` file laid over it, and the cloud that `OS_*` variables form. Unlike openstacksdk, a file that
 * cannot be read as meant, or that `OS_CLIENT_CONFIG_FILE` names and is not there, is an error: the next file might be another cloud's.
 */
export function findClouds(environment: Environment): Clouds {
  const { variables } = environment
  const find = (base: string, named?: string): { readonly path: string; readonly text: string } | undefined => {
    const paths = named
      ? [expandHome(named, environment)]
      : folders(environment).flatMap((folder) => suffixes.map((suffix) => posix.join(folder, `${base}.${suffix}`)))
    for (const path of paths) {
      const text = environment.read(path)
      if (text !== undefined) return { path, text }
    }
    if (named) badCloud(named, 'the variable names this file, and there is none that can be read')
    return undefined
  }

  const file = find('clouds', variables['OS_CLIENT_CONFIG_FILE'])
  const secure = find('secure', variables['OS_CLIENT_SECURE_FILE'])
  const known = new Map<string, Layer>(file ? parseCloudsFile(file.path, file.text, 'clouds') : [])
  for (const [name, layer] of secure ? parseCloudsFile(secure.path, secure.text, 'clouds') : [])
    known.set(name, mergeLayers(known.get(name), layer))

  const own = variables['OS_CLOUD_NAME'] || 'envvars'
  const layer = readVariables(variables)
  if (layer && known.has(own))
    badCloud(
      known.get(own)?.at ?? own,
      `the cloud "${own}" has the name of the one that the OS_ variables form; rename it, or set OS_CLOUD_NAME`,
    )
  if (layer) known.set(own, layer)

  let profiles: ReadonlyMap<string, Layer> | undefined
  return {
    known,
    ...(layer ? { fromVariables: own } : {}),
    ...(file ? { path: file.path } : {}),
    profile(name) {
      const vendors = profiles ? undefined : find('clouds-public')
      profiles ??= vendors ? parseCloudsFile(vendors.path, vendors.text, 'public-clouds') : new Map()
      return profiles.get(name)
    },
  }
}

/** `OS_USERNAME` is `username`. What only steers test tools is no cloud (openstacksdk leaves out the same three prefixes). */
function readVariables(variables: Environment['variables']): Layer | undefined {
  const settings = Object.entries(variables).flatMap(([name, value]) =>
    /^OS_(?!TEST|STD|LOG)/.test(name) && !selectors.has(name) && value
      ? [[name.slice(3).toLowerCase(), { value, at: `the variable ${name}` }] as const]
      : [],
  )
  return settings.length > 0 ? layerOf('the OS_ variables', settings) : undefined
}
