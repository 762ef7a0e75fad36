import { existsSync } from 'node:fs'
import { defineConfig } from 'vitest/config'

// One row per suite: its name and its root. Tests run on the sources, so nothing has to be built before.
const suites = [
  { name: 'core', root: './packages/core' },
  { name: 'aws', root: './packages/aws' },
  { name: 'openstack', root: './packages/openstack' },
  { name: 'testbed-aws', root: './testbeds/aws' },
  { name: 'quickstart', root: './examples/quickstart' },
  { name: 'own-adapter', root: './examples/own-adapter' },
  { name: 'docs', root: './test' },
]
// Vite's defaults without `module`: packages keep files for bundlers behind it that Node itself cannot load.
const conditions = ['@cleardown/source', 'node', 'development|production']

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    // the beds of AWS mostly wait for their own clock: more files at once than cores
    maxWorkers: 4,
    // a machine that is busy with other work is slow, not wrong: only what hangs runs into it
    testTimeout: 60_000,
    expect: { poll: { timeout: 10_000 } },
    include: ['**/*.test.ts'],
    // what needs a bed that takes minutes to build: vitest.openstack.config.ts
    exclude: ['**/node_modules/**', '**/dist/**', '**/.venv/**', '**/test/bed/**'],
    projects: suites
      .filter(({ root }) => existsSync(root))
      .map(({ name, root }) => ({ extends: true as const, root, test: { name } })),
  },
})
