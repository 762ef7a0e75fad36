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
    // Slow ones, which are about size; and other processes, in which no mutant is active.
    exclude: ['agrees-with-graphlib', 'large-graphs', 'bad-input', 'ledger-processes'].map(
      (name) => `**/${name}.test.ts`,
    ),
    testTimeout: 60_000,
    isolate: false, // a mutant is a switch: the same modules serve them all
  },
})
