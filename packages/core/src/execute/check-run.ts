import type { Connected } from '../adapter/connect-all.ts'
import type { Context } from '../adapter/context.ts'
import type { ExecuteOptions } from '../adapter/options.ts'
import { type ResourceKey, splitKey } from '../model/key.ts'
import type { Finding, Identity } from '../model/outcome.ts'
import type { Plan, Step } from '../model/plan.ts'
import { speaksFor } from './reader.ts'

/** The accounts that the plan was made for, no other and no fewer, and in them all places that it looked in. */
export function checkIdentity({ identities }: Plan, connected: Connected): Finding[] {
  const planned = new Set(identities.map(accountOf))
  const now = new Set(connected.identities.map(accountOf))
  if (planned.size !== now.size || [...planned].some((one) => !now.has(one))) return [wrongAdapters(planned, now)]
  const looked = new Set(identities.flatMap(placesOf))
  const looks = new Set(connected.identities.flatMap(placesOf))
  return [...looked].every((one) => looks.has(one)) ? [] : [wrongAdapters(looked, looks)]
}

const accountOf = ({ adapter, account }: Identity): string => `${adapter} ${account}`
const placesOf = (one: Identity): string[] => one.places.map((place) => `${accountOf(one)} ${place}`)

const wrongAdapters = (planned: ReadonlySet<string>, now: ReadonlySet<string>): Finding =>
  refusal(
    'wrong-adapters',
    `the plan was made for ${[...planned].join(', ')}, the adapters are ${[...now].join(', ')}; give it the adapters that it was made with`,
  )

/** Beside that, an adapter for everything that the plans act on or read: another version of one may have dropped a kind. */
export function checkAdapters(plans: readonly Plan[], connected: Connected): Finding[] {
  const others = checkIdentity(plans.at(-1) as Plan, connected)
  if (others.length > 0) return others
  const keys = new Set(plans.flatMap(({ steps }) => steps.flatMap(keysOf)))
  for (const { resources } of plans) for (const { key, step } of resources) if (step !== undefined) keys.add(key)
  const missing = [...keys].filter((key) => !speaksFor(connected.connections, key))
  if (missing.length === 0) return []
  const kinds = new Set(missing.map((key) => splitKey(key).kind))
  return [
    refusal(
      'wrong-adapters',
      `no adapter speaks for ${[...kinds].join(', ')}, which the plan deals with; give it the adapters that it was made with, in that version`,
    ),
  ]
}

function keysOf(step: Step): ResourceKey[] {
  if (step.action === 'sever') return [step.target, step.freedFor, step.holder]
  if ('freedFor' in step) return [step.target, step.freedFor]
  return step.action === 'release' ? [step.target, ...step.proof] : [step.target]
}

export function checkAge(plan: Plan, context: Context): Finding[] {
  if (Date.parse(plan.expiresAt) > context.now()) return []
  return [
    refusal('plan-expired', `the plan expired at ${plan.expiresAt}; the world has moved on: plan again and compare`),
  ]
}

export const heldBy = (holder: string, since: string): Finding =>
  refusal('held', `another run works on this target: ${holder}, since ${since}. Wait for it, or stop it`)

export const nothingToResume = (runId: string | undefined): Finding =>
  refusal(
    'nothing-to-resume',
    runId === undefined
      ? 'the ledger has no run that was begun and not ended; make a plan and execute it'
      : `the ledger has no run "${runId}" that wrote a plan; readRuns(ledger) lists those it has`,
  )

export const tookTooLong = ({ timeoutMs }: ExecuteOptions): Finding => ({
  code: 'out-of-time',
  severity: 'warning',
  message: `the run was stopped after ${timeoutMs ?? 'its'} ms (timeoutMs); resumeTeardown goes on where it ended`,
  keys: [],
})

const refusal = (code: Finding['code'], message: string): Finding => ({ code, severity: 'refusal', message, keys: [] })
