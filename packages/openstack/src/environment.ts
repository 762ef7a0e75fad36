import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'

/** All that the configuration is read from. */
export interface Environment {
  readonly variables: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  readonly home: string
  /** `process.platform`: macOS keeps configuration elsewhere. */
  readonly platform: string
  /** A file's text; `undefined` where there is none that we may read. */
  read(path: string): string | undefined
}

const passedOver: ReadonlySet<unknown> = new Set(['ENOENT', 'ENOTDIR', 'EISDIR', 'EACCES'])

/** The environment of this process, as it is now. */
export const processEnvironment = (): Environment => ({
  variables: { ...process.env },
  cwd: process.cwd(),
  home: homedir(),
  platform: process.platform,
  read(path) {
    try {
      return readFileSync(path, 'utf8')
    } catch (error) {
      if (passedOver.has((error as NodeJS.ErrnoException).code)) return undefined
      throw error
    }
  },
})
