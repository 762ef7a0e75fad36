import type { Adapter } from '@cleardown/core'
import { createAdapter } from './adapter.ts'
import { checkOptions, type OpenStackOptions } from './options.ts'

/**
 * The OpenStack adapter: `openstack({ cloud: 'ci', expectedProject: 'ci' })`. One region of one project.
 * Throws a `MisuseError` for bad options; nothing is read or sent before `connect`.
 */
export function openstack(options: OpenStackOptions = {}): Adapter {
  return createAdapter(checkOptions(options))
}

export type { OpenStackOptions } from './options.ts'
export { ownershipRules } from './ownership.ts'
export { type MadeFor, type Maker, makers, type Written } from './makers.ts'

// the client, for tools of their own
export { type Connected, connectOpenStack } from './authenticate.ts'
export type { CloudOptions, Interface } from './cloud-config.ts'
export {
  HttpError,
  NetworkError,
  NotJsonError,
  type OpenStack,
  type Query,
  type Service,
  ServiceMissingError,
  type Way,
} from './client.ts'
