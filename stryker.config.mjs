// PART=graph pnpm mutate (or ledger, plan, execute): changes that part of the engine in hundreds of small ways and looks which of them no test
// notices. docs/mutation.md has the results.
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const files = (...names) => names.map((name) => `${name}.test.ts`)

/** What is changed, and the tests that have to notice: folders, and single files. */
const parts = {
  graph: { sources: ['graph/*.ts'], tests: ['graph', ...files('plan/ways-out', 'plan/settle')] },
  ledger: {
    sources: ['ledger/*.ts'],
    tests: ['ledger', ...files('conformance/ledger', 'resume', 'execute/resuming')],
  },
  plan: {
    sources: ['plan/*.ts'],
    tests: [
      'plan',
      'render',
      ...files('teardown', 'release', 'meanwhile', 'misuse', 'execute/amending', 'execute/marks'),
    ],
  },
  execute: {
    sources: ['execute/*.ts'],
    tests: [
      'execute',
      ...files('teardown', 'release', 'resume', 'meanwhile', 'limits', 'no-progress', 'lying-adapters', 'misuse'),
      ...files('conformance/memory-cloud', 'simulation/seeds-1'),
    ],
  },
}
const name = process.env['PART'] ?? 'graph'
const part = parts[name]
if (!part) throw new Error(`PART is "${name}"; it is one of ${Object.keys(parts).join(', ')}`)
const work = join(tmpdir(), 'cleardown-mutation', name)

process.env['MUTATION_TESTS'] = JSON.stringify(part.tests)
process.env['CLEARDOWN_WORLDS'] = '60'
process.env['CLEARDOWN_RUNS'] = '10'

export default {
  plugins: ['@stryker-mutator/vitest-runner'],
  testRunner: 'vitest',
  vitest: { configFile: 'vitest.mutation.config.ts', related: false },
  mutate: part.sources.map((glob) => `packages/core/src/${glob}`),
  // Only what core's own tests need is copied.
  ignorePatterns: [
    '/*',
    '!/package.json',
    '!/vitest.mutation.config.ts',
    '!/packages',
    '/packages/*',
    '!/packages/core',
    'dist',
  ],
  coverageAnalysis: 'perTest',
  ignoreStatic: true, // tables and patterns: each would need all tests in a new process
  concurrency: 1,
  timeoutMS: 60_000, // on a busy machine a test that is only slow would count as one that noticed
  incremental: true,
  incrementalFile: join(work, 'incremental.json'),
  tempDirName: join(work, 'sandbox'),
  reporters: ['progress-append-only', 'clear-text', 'json'],
  clearTextReporter: { logTests: false, allowColor: false },
  jsonReporter: { fileName: join(work, 'report.json') },
  thresholds: { high: 95, low: 85, break: 85 },
}
