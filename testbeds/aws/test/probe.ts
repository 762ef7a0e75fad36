// The shape of a probe: how to see what a rule does, and what one sees with it and without it.
import { type Bench, outcome } from './bench.ts'

export interface Probe {
  /** The rule that is to thank for it; `moto` where the server needs no help. */
  rule: string
  /** The fact, as the title of the test. */
  fact: string
  observe(bench: Bench): Promise<unknown>
  seen: unknown
  /** What is seen when the rule does nothing. Nobody looks where moto needs no help. */
  seenWithout?: unknown
}

export interface Refusal {
  rule: string
  fact: string
  code: string
  /** Stages a dependent. `remove` is refused until `unblock` was called and time has passed; some are refused for good. */
  stage(bench: Bench): Promise<{ remove: () => Promise<unknown>; unblock?: () => Promise<unknown> }>
  forGood?: true
  /** What moto says without the rule, where it does not simply accept. */
  without?: string
}

/** A removal that is refused with a code, and accepted once the dependent is gone. Without the rule it is accepted at once. */
export function refusal({ rule, fact, code, stage, forGood, without }: Refusal): Probe {
  return {
    rule,
    fact,
    async observe(bench) {
      const { remove, unblock } = await stage(bench)
      const first = await outcome(remove)
      if (!unblock || first === 'ok') return first
      await unblock()
      await bench.bed.settle()
      return `${first}, then ${await outcome(remove)}`
    },
    seen: forGood ? code : `${code}, then ok`,
    seenWithout: without ?? 'ok',
  }
}
