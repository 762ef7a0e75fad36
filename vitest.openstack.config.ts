import { existsSync } from 'node:fs'
import { defineConfig } from 'vitest/config'

// `pnpm test:openstack`: everything that needs the real services. One bed serves all files, one after the other.
const suites = [
  { name: 'testbed-openstack', root: './testbeds/openstack' },
  { name: 'openstack-bed', root: './packages/openstack/test/bed' },
  { name: 'openstack-ci-job', root: './examples/openstack-ci-job' },
]
const conditions = ['@cleardown/source', 'node', 'development|production']

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    fileParallelism: false,
    testTimeout: 180_000,
    hookTimeout: 300_000,
    projects: suites
      .filter(({ root }) => existsSync(root))
      .map(({ name, root }) => ({
        extends: true as const,
        root,
        test: {
          name,
          include: ['**/*.test.ts'],
          exclude: ['**/node_modules/**'],
          globalSetup: [new URL('./testbeds/openstack/vitest-setup.ts', import.meta.url).pathname],
        },
      })),
  },
})
