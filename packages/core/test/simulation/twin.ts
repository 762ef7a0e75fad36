import { executeTeardown, planTeardown, type Report } from '../../src/index.ts'
import type { MemoryCloud } from '../../src/kit/testing/index.ts'
import type { State } from '../../src/kit/testing/resource.ts'
import { restMs } from './judge.ts'
import { moving } from './moving.ts'
import { build } from './processes.ts'
import type { Scenario } from './scenario.ts'
import type { Watch } from './watch.ts'

/** Nothing but deaths made it otherwise than it would have been. */
export const hasTwin = ({ weather, honest, policy, lives, resources }: Scenario, { outcome }: Report): boolean =>
  deaths.has(weather) &&
  honest &&
  lives.then === 'finish' &&
  policy.amend !== 'never' &&
  resources.length <= mostInTwin &&
  outcome !== 'refused'

const deaths: ReadonlySet<string> = new Set(['killed', 'killed while planning', 'frozen', 'killed + frozen'])
/** Larger worlds take long enough without being run twice. */
const mostInTwin = 7

/** The same world and a process that lives through to its end: what is left then is what has to be left here. */
export async function judgeTwin(scenario: Scenario, cloud: MemoryCloud, watch: Watch): Promise<void> {
  const { target, policy } = scenario
  const twin = build(scenario)
  const { adapters, context } = twin
  const plan = await moving(context, planTeardown({ adapters, context, target, policy }))
  const run = executeTeardown(plan, {
    adapters,
    context,
    onEvent: ({ type }) => {
      if (type === 'verified') void run.stop() // from here on it only looks once more
    },
  })
  await moving(context, run.report)
  await context.sleep(restMs)
  const [here, there] = [standing(scenario, cloud), standing(scenario, twin)]
  const differs = [...here.filter((one) => !there.includes(one)), ...there.filter((one) => !here.includes(one))]
  if (differs.length > 0) watch.violated('another end than its twin', differs.join(', '))
}

/** What of the planted stands, and how; what was made again has another id and is counted. */
function standing({ resources }: Scenario, { world }: MemoryCloud): string[] {
  const planted = new Set(resources.map(({ id }) => id))
  const others = new Map<string, number>()
  const stands = (world.alive() as readonly State[]).flatMap((state) => {
    const { kind, id, paused, protections, finalizers, tags } = state
    if (planted.has(`${kind} ${id}`))
      return [
        `${kind} ${id} ${paused ? 'paused ' : ''}${[...protections.keys(), ...finalizers, ...Object.keys(tags)].join(' ')}`,
      ]
    others.set(kind, (others.get(kind) ?? 0) + 1)
    return []
  })
  return [...stands, ...[...others].map(([kind, count]) => `${count} new ${kind}`)].sort()
}
