import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test as base, type TestAPI } from 'vitest'

/** A test with an empty folder of its own, removed when it ends. */
export const test: TestAPI<{ folder: string }> = base.extend<{ folder: string }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the names of the fixtures that are needed from this pattern
  folder: async ({}, use) => {
    const folder = await mkdtemp(join(tmpdir(), 'cleardown-'))
    await use(folder)
    await rm(folder, { recursive: true })
  },
})
