import { MisuseError } from '@cleardown/core'
import type { CloudOptions } from './cloud-config.ts'

export interface OpenStackOptions extends CloudOptions {
  /** Id or name of the project that must answer; with another one the run is refused before anything is listed. */
  readonly expectedProject?: string
  /**
   * Default false: credentials with the role `admin` are refused, because listings then show every project's resources. Every listing is
   * filtered by project and every row is checked all the same.
   */
  readonly allowAdmin?: boolean
}

const text = (value: unknown): boolean => typeof value === 'string' && value.trim() !== ''
const flag = (value: unknown): boolean => typeof value === 'boolean'
const texts = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && Object.values(value).every(text)
const call = (value: unknown): boolean => typeof value === 'function'

const fields: Readonly<Record<keyof OpenStackOptions, { is: (value: unknown) => boolean; advice: string }>> = {
  cloud: { is: text, advice: 'give the name of an entry of clouds.yaml' },
  auth: { is: texts, advice: 'give an object of texts, as `auth` in clouds.yaml' },
  authType: { is: text, advice: 'give a type such as "v3applicationcredential"' },
  region: { is: text, advice: 'give the name of a region' },
  interface: {
    is: (value) => value === 'public' || value === 'internal' || value === 'admin',
    advice: 'it is "public", "internal" or "admin"',
  },
  endpoints: { is: texts, advice: 'give an object of URLs by service' },
  verify: { is: flag, advice: 'it is true or false' },
  cacert: { is: text, advice: 'give the path of a PEM file' },
  token: { is: call, advice: 'give a function that returns a token' },
  fetch: { is: call, advice: 'give a function like the global fetch' },
  expectedProject: { is: text, advice: 'give the id or the name of a project' },
  allowAdmin: { is: flag, advice: 'it is true or false' },
}
/** Never shown in a message. */
const secret: ReadonlySet<string> = new Set(['auth', 'token'])

/** Throws a `MisuseError` that names the field and its value. */
export function checkOptions(options: OpenStackOptions): OpenStackOptions {
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    throw bad('options', options, 'give an object such as { cloud: "ci" }')
  for (const [field, value] of Object.entries(options)) {
    const row = Object.hasOwn(fields, field) ? fields[field as keyof OpenStackOptions] : undefined
    if (!row) throw bad(field, value, `there is no such option; known are ${Object.keys(fields).join(', ')}`)
    if (value !== undefined && !row.is(value)) throw bad(field, value, row.advice)
  }
  return options
}

function bad(field: string, value: unknown, advice: string): MisuseError {
  const shown = secret.has(field) ? '(not shown)' : (JSON.stringify(value) ?? String(value))
  return new MisuseError('bad-option', `openstack(): ${field} is ${shown}: ${advice}`)
}
