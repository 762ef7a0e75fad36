/**
 * Thrown for misuse: an empty target, an unknown option, a plan file that was altered. Nothing has been sent to a provider.
 * `code` is stable; the message says what, which one and what to do.
 */
export class MisuseError extends Error {
  override readonly name: string = 'MisuseError'
  readonly code: string
  constructor(code: string, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.code = code
  }
}

/** Thrown where an invariant of cleardown itself is broken: a bug to be reported. A run stops before its next call. */
export class BrokenInvariantError extends Error {
  override readonly name: string = 'BrokenInvariantError'
  readonly code = 'broken-invariant'
  readonly keys: readonly string[]
  constructor(message: string, keys: readonly string[] = []) {
    super(keys.length > 0 ? `${message}: ${keys.join(', ')}` : message)
    this.keys = keys
  }
}
