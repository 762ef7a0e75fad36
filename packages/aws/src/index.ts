import type { Adapter } from '@cleardown/core'
import { createAdapter } from './adapter.ts'
import { type AwsOptions, checkOptions } from './options.ts'

/**
 * The AWS adapter: `aws({ regions: ['us-east-1'], expectedAccount: '111122223333' })`.
 * Throws a `MisuseError` for bad options; nothing is sent before `connect`.
 */
export function aws(options: AwsOptions): Adapter {
  return createAdapter(checkOptions(options))
}

export type { AwsOptions } from './options.ts'
export type { Credentials, Keys } from './services.ts'
export { ownershipRules } from './ownership.ts'
export { type Maker, makers } from './makers.ts'
