import { MisuseError } from '@cleardown/core'
import { partitionOf } from './classify-interface.ts'
import type { Credentials } from './services.ts'

export interface AwsOptions {
  /** Where to look; nothing outside these regions is read or touched. IAM, which has no regions, is read once. */
  readonly regions: readonly string[]
  /** The account that must answer; with another one the run is refused before anything is read. */
  readonly expectedAccount?: string
  /** Keys, or any credential provider of the SDK. Default: the SDK's own chain (environment, profile, container, instance). */
  readonly credentials?: Credentials
  /** One endpoint for all services instead of AWS's own. */
  readonly endpoint?: string
}

const known: Readonly<Record<keyof AwsOptions, true>> = {
  regions: true,
  expectedAccount: true,
  credentials: true,
  endpoint: true,
}
const regionForm = /^[a-z]{2}(-[a-z]+)+-\d$/

/** Throws a `MisuseError` that names the field and its value; gives the options with each region once. */
export function checkOptions(options: AwsOptions): AwsOptions {
  if (typeof options !== 'object' || options === null) bad('options', options, 'give an object with `regions`')
  for (const key of Object.keys(options))
    if (!Object.hasOwn(known, key))
      bad(
        key,
        (options as unknown as Record<string, unknown>)[key],
        `there is no such option; known are ${Object.keys(known).join(', ')}`,
      )

  const { regions, expectedAccount, credentials, endpoint } = options
  if (!Array.isArray(regions) || regions.length === 0)
    bad('regions', regions, 'name at least one region, such as "us-east-1"')
  regions.forEach((region, index) => {
    if (typeof region !== 'string' || !regionForm.test(region))
      bad(`regions[${index}]`, region, 'a region looks like "us-east-1"')
  })
  const partitions = new Set(regions.map(partitionOf))
  if (partitions.size > 1)
    bad(
      'regions',
      regions,
      `they lie in ${[...partitions].join(' and ')}, where the same credentials never work; use one adapter for each`,
    )
  if (expectedAccount !== undefined && (typeof expectedAccount !== 'string' || !/^\d{12}$/.test(expectedAccount)))
    bad('expectedAccount', expectedAccount, 'an account id is a text of 12 digits')
  if (endpoint !== undefined && !isUrl(endpoint)) bad('endpoint', endpoint, 'give a URL with http: or https:')
  if (credentials !== undefined && typeof credentials !== 'function' && !hasKeys(credentials))
    bad('credentials', '(not shown)', 'give { accessKeyId, secretAccessKey } or a credential provider of the SDK')
  return { ...options, regions: [...new Set(regions)] }
}

function isUrl(text: unknown): boolean {
  return typeof text === 'string' && URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)
}

function hasKeys(credentials: unknown): boolean {
  const keys = credentials as { accessKeyId?: unknown; secretAccessKey?: unknown } | null
  return (
    typeof keys === 'object' &&
    keys !== null &&
    typeof keys.accessKeyId === 'string' &&
    typeof keys.secretAccessKey === 'string'
  )
}

function bad(field: string, value: unknown, advice: string): never {
  throw new MisuseError('bad-option', `aws(): ${field} is ${JSON.stringify(value) ?? String(value)}: ${advice}`)
}
