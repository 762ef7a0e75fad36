// Adds up what the suites of a run left in a folder, and prints `N passed, N failed` as the last line.
//
//   suites.txt     one line per suite: name, how it counts (`tests` or `whole`), exit code of its command
//   <name>.json    vitest's report, for a suite that counts by tests
//
// Plain JavaScript without dependencies, so that it can still count where the installation itself is what failed.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const folder = process.argv[2]
if (folder === undefined) throw new Error('usage: sum-results.mjs <folder with results>')

const suites = readFileSync(join(folder, 'suites.txt'), 'utf8').trim().split('\n').map(countSuite)
const total = { passed: 0, failed: 0 }

console.log()
for (const { name, passed, failed, skipped } of suites) {
  total.passed += passed
  total.failed += failed
  console.log(`${name.padEnd(12)} ${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
}
console.log(`${total.passed} passed, ${total.failed} failed`)
process.exitCode = total.failed > 0 ? 1 : 0

function countSuite(line) {
  const [name, counts, exitCode] = line.split(' ')
  const ok = exitCode === '0'
  if (counts === 'whole') return { name, passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0 }

  const report = readReport(name)
  if (report === undefined) return { name, passed: 0, failed: 1, skipped: 0 }

  // A file that cannot even be loaded has no failed test in it: the file itself counts.
  const brokenFiles = report.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  )
  const failed = report.numFailedTests + brokenFiles.length
  return {
    name,
    passed: report.numPassedTests,
    // Unhandled errors fail the command, though no test says so.
    failed: failed === 0 && !ok ? 1 : failed,
    skipped: report.numPendingTests + report.numTodoTests,
  }
}

function readReport(name) {
  try {
    return JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'))
  } catch {
    return undefined // the run died before it could report
  }
}
