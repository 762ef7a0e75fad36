/** Whether it is an error of the system with one of these codes. */
export function isCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(error.code as string)
}

/** For `catch`: an error with one of these codes becomes `undefined`, any other one is passed on. */
export function ignoring(...codes: readonly string[]): (error: unknown) => undefined {
  return (error) => {
    if (!isCode(error, ...codes)) throw error
    return undefined
  }
}
