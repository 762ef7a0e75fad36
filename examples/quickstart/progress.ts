import type { Plan, ResourceKey, TeardownEvent, TeardownRun } from '@cleardown/core'
import { Listr } from 'listr2'

/** Shows a run while it goes on: one line that moves on a terminal, plain lines where there is none. */
export async function showProgress(plan: Plan, run: TeardownRun): Promise<void> {
  const names = new Map(plan.resources.map(({ key, kind, name, id }) => [key, `${kind} ${name ?? id}`]))
  const nameOf = (key: ResourceKey): string => names.get(key) ?? key
  const tasks = new Listr(
    [
      {
        title: `Tear down (${plan.steps.length} steps)`,
        rendererOptions: { outputBar: 12, persistentOutput: true },
        task: async (_, task) => {
          for await (const event of run) {
            const line = describe(event, nameOf)
            if (line !== undefined) task.output = line
          }
        },
      },
    ],
    { fallbackRenderer: 'verbose' },
  )
  await tasks.run()
}

function describe(event: TeardownEvent, nameOf: (key: ResourceKey) => string): string | undefined {
  const at = event.at.slice(11, 19)
  switch (event.type) {
    case 'step-asked':
      return `${at} ${event.action.padEnd(7)} ${nameOf(event.key)}`
    case 'gone':
      return `${at} gone    ${nameOf(event.key)} after ${Math.round(event.tookMs / 1000)} s, ${event.left} left`
    case 'blocked':
      return `${at} blocked ${nameOf(event.key)}: ${event.chain.map(({ because }) => because).join(' ← ')}`
    case 'failed':
      return `${at} failed  ${nameOf(event.key)}: ${event.failure.message}`
    case 'verified':
      return `${at} looked again (${event.round}): ${event.left} left`
    default:
      return undefined
  }
}
