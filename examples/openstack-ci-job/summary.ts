import { appendFile } from 'node:fs/promises'
import { type Report, splitKey } from '@cleardown/core'
import type { Job } from './jobs.ts'
import { options } from './options.ts'

/** Appends Markdown for people to the file named by `--summary`, as GitHub's `GITHUB_STEP_SUMMARY` wants it. */
export async function writeSummary(jobs: readonly Job[], reports: ReadonlyMap<string, Report>): Promise<void> {
  if (options.summary === undefined) return
  const rows = jobs.map(({ run, because, life }) => {
    const report = reports.get(run)
    return `| ${run} | ${report ? outcomeOf(report) : `left alone (${life}): ${because}`} |`
  })
  const left = [...reports].flatMap(([run, report]) => leftOf(run, report))
  const lines = ['## Clean-up', '', '| job | what became of it |', '| --- | --- |', ...rows, ...left]
  await appendFile(options.summary, `${lines.join('\n')}\n`)
}

function outcomeOf({ outcome, removed, left, startedAt, endedAt }: Report): string {
  const seconds = Math.round((Date.parse(endedAt) - Date.parse(startedAt)) / 1_000)
  return `**${outcome}**: ${removed.length} removed, ${left.length} left, ${seconds} s`
}

function leftOf(run: string, { left, findings }: Report): string[] {
  const things = left.map(({ key, because, blockers, manual }) => {
    const { kind, id } = splitKey(key)
    const chain = blockers.map((one) => one.because)
    return `- ${kind} \`${id}\`: ${[because, ...chain].join(' ← ')}${manual.map((one) => `\n  \`${one}\``).join('')}`
  })
  const said = findings.filter(({ severity }) => severity !== 'info').map(({ message }) => `- ${message}`)
  return things.length + said.length === 0 ? [] : ['', `### ${run}`, '', ...things, ...said]
}
