import { defineConfig } from 'vitest/config'

// For stryker.config.mjs, which says which tests.
const tests = JSON.parse(process.env['MUTATION_TESTS'] ?? '[""]') as readonly string[]
const conditions = ['@cleardown/source', 'node', 'development|production']

export default defineConfig({
  root: './packages/core',
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: tests.map((test) => (test.endsWith('.ts') ? `test/${test}` : `test/${test}/**/*.test.ts`)),
    // Slow ones that notice nothing which the others miss; and other processes, in which no mutant is active.
    exclude: ['**/agrees-with-graphlib.test.ts', '**/large-graphs.test.ts', '**/ledger-processes.test.ts'],
    testTimeout: 60_000,
    isolate: false, // a mutant is a switch: the same modules serve them all
  },
})
