import type { Plan } from '../../src/model/plan.ts'
import type { Policy } from '../../src/model/policy.ts'
import type { Discovery } from '../../src/model/resource.ts'
import { buildPlan } from '../../src/plan/build-plan.ts'
import { type Sketch, sketchDiscovery } from '../support/discovery.ts'

export const now: number = Date.parse('2026-01-02T00:00:00Z')

export const planOf = (sketches: readonly Sketch[], policy: Policy = {}, more: Partial<Discovery> = {}): Plan =>
  buildPlan({ discovery: sketchDiscovery(sketches, more), target: { cluster: 'c' }, policy, now })

export const idOf = (key: string): string => key.split('/').at(-1) as string

/** `decision reason: because`, of what stays; of what goes, `decision: because`. */
export function told(plan: Plan, id: string): string | undefined {
  const resource = plan.resources.find((one) => one.id === id)
  const stays = [...plan.blocked, ...plan.kept].find(({ key }) => key === resource?.key)
  return (
    resource &&
    (stays
      ? `${resource.decision} ${stays.reason}: ${stays.because}`
      : `${resource.decision}: ${resource.because.join()}`)
  )
}

/** `remove a <- b`: the steps, each with what it waits for. */
export function picture({ steps }: Plan): string[] {
  return steps.map(({ action, target, needs }) => {
    const before = needs.map((need) => idOf(steps[need]?.target ?? '')).sort()
    return `${action} ${idOf(target)}${before.length > 0 ? ` <- ${before.join(' ')}` : ''}`
  })
}

/** Part of a whole that leaves without it. */
export const alone = (whole: string): { whole: string; alone: true } => ({ whole, alone: true })

/** A link in the holder that names another. */
export const rule = (holder: string, names: string, ...more: string[]): Sketch => ({
  id: `${holder}-names-${names}`,
  link: true,
  uses: [names],
  partOf: [alone(holder), ...more],
})
