import { inspect } from 'node:util'
import type { Failure, FailureCode } from '../../model/failure.ts'
import type { Ref } from '../../model/relation.ts'

/** What the memory cloud throws: its vendor's error. */
export class MemoryCloudError extends Error {
  override readonly name: string = 'MemoryCloudError'
  readonly code: string
  readonly blockers?: readonly Ref[]
  readonly retryAfterMs?: number
  readonly permission?: string
  constructor(
    code: string,
    message: string,
    details: { readonly blockers?: readonly Ref[]; readonly retryAfterMs?: number; readonly permission?: string } = {},
  ) {
    super(message)
    this.code = code
    if (details.blockers) this.blockers = details.blockers
    if (details.retryAfterMs !== undefined) this.retryAfterMs = details.retryAfterMs
    if (details.permission !== undefined) this.permission = details.permission
  }
}

/** The adapter's table: the memory cloud's words → failure codes. */
const failureCodes: Readonly<Record<string, FailureCode>> = {
  NotFound: 'gone',
  InUse: 'blocked',
  Conflict: 'conflict',
  Throttled: 'throttled',
  InternalError: 'transient',
  ConnectionLost: 'transient',
  Protected: 'protected',
  AccessDenied: 'denied',
  ManagedByService: 'denied',
  NotLoggedIn: 'unauthenticated',
  Unsupported: 'unsupported',
  Invalid: 'invalid',
}

export function nameFailure(error: unknown, principal: string): Failure {
  if (!(error instanceof MemoryCloudError))
    return error instanceof Error
      ? { code: 'unknown', providerCode: error.name, message: String(error) }
      : { code: 'unknown', providerCode: 'unknown', message: inspect(error) }
  const code = failureCodes[error.code] ?? 'unknown'
  return {
    code,
    providerCode: error.code,
    message: error.message,
    ...(error.blockers ? { blockers: error.blockers } : {}),
    ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
    ...(error.permission === undefined ? {} : { missing: { principal, permission: error.permission, explicit: true } }),
  }
}
