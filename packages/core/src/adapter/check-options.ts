import { MisuseError } from '../model/errors.ts'
import type { Policy } from '../model/policy.ts'
import type { Target } from '../model/target.ts'
import type { ExecuteOptions, PlanOptions } from './options.ts'

/** Every field that may stand in each object; a name that is not here is a typing mistake that could widen a run. */
const planFields = ['adapters', 'target', 'policy', 'ledger', 'context', 'signal', 'onEvent']
const executeFields = [
  'adapters',
  'ledger',
  'signal',
  'onEvent',
  'context',
  'timeoutMs',
  'stepTimeoutMs',
  'maxAmendments',
  'settleMs',
  'latency',
  'runId',
  'then',
]

type Check = (value: unknown) => boolean
const text: Check = (value) => typeof value === 'string' && value.trim() !== ''
const texts: Check = (value) => Array.isArray(value) && value.every(text)
const record: Check = (value) => typeof value === 'object' && value !== null && !Array.isArray(value)
const count: Check = (value) => typeof value === 'number' && Number.isFinite(value) && value >= 0
const oneOf =
  (...words: string[]): Check =>
  (value) =>
    words.includes(value as string)

const targetFields: Readonly<Record<keyof Target, { is: Check; must: string }>> = {
  cluster: { is: text, must: 'be the name of a cluster' },
  workloadsOf: { is: text, must: 'be the name of a cluster' },
  orphansOf: { is: text, must: 'be the name of a cluster' },
  run: { is: text, must: 'be the id of a run' },
  stacks: { is: texts, must: 'be a list of stack names or ids' },
  tags: {
    is: (value) => record(value) && Object.values(value as object).every((one) => typeof one === 'string'),
    must: 'be an object of exact tags',
  },
  names: {
    is: (value) => record(value) && text((value as { prefix?: unknown }).prefix),
    must: 'be { prefix: … } with a prefix that is not empty',
  },
  resources: { is: texts, must: 'be a list of ids or keys' },
}

const policyFields: Readonly<Record<keyof Policy, { is: Check; must: string }>> = {
  keep: {
    is: (value) => Array.isArray(value) && value.every((one) => text(one) || record(one)),
    must: 'be a list of ids or selectors',
  },
  approve: { is: texts, must: 'be a list of exact ids or keys' },
  suspected: { is: oneOf('ask', 'keep', 'remove'), must: "be 'ask', 'keep' or 'remove'" },
  retained: { is: oneOf('ask', 'keep', 'remove'), must: "be 'ask', 'keep' or 'remove'" },
  route: {
    is: (value) => oneOf('served', 'direct', 'auto')(value) || record(value),
    must: "be 'served', 'direct', 'auto' or one of them per controller",
  },
  ifBlocked: {
    is: oneOf('continue', 'refuse', 'refuse-if-protected'),
    must: "be 'continue', 'refuse' or 'refuse-if-protected'",
  },
  amend: { is: oneOf('owned', 'never'), must: "be 'owned' or 'never'" },
  minAgeMs: { is: count, must: 'be milliseconds, not negative' },
  liftProtection: { is: texts, must: 'be a list of ids' },
  releaseFinalizers: { is: texts, must: 'be a list of finalizers' },
  drain: {
    is: (value) => {
      const { mode, timeoutMs } = (record(value) ? value : {}) as { mode?: unknown; timeoutMs?: unknown }
      return oneOf('none', 'graceful', 'strict')(mode) && count(timeoutMs)
    },
    must: "be { mode: 'none', 'graceful' or 'strict', timeoutMs }",
  },
  retainMembers: { is: texts, must: 'be a list of ids' },
  maxRemovals: { is: count, must: 'be a number, not negative' },
}

/** Throws a `MisuseError` that names the field and the value. */
export function checkPlanOptions(options: PlanOptions): void {
  checkFields('planTeardown', options, planFields)
  checkAdapters(options.adapters)
  checkTarget(options.target)
  checkPolicy(options.policy ?? {})
}

export function checkTarget(target: Target): void {
  if (!record(target)) throw new MisuseError('bad-target', `target must be an object, not ${show(target)}`)
  checkTable('target', target, targetFields)
  const said = Object.values(target).filter(
    (value) =>
      value !== undefined &&
      !(Array.isArray(value) && value.length === 0) &&
      !(record(value) && Object.keys(value as object).length === 0),
  )
  if (said.length === 0)
    throw new MisuseError(
      'empty-target',
      'target is empty: say what is to be torn down, for example { cluster: "ci-1" }',
    )
  for (const field of ['workloadsOf', 'orphansOf'] as const)
    if (target[field] !== undefined)
      throw new MisuseError(
        'unsupported-target',
        `target.${field} ("${target[field]}") needs the Kubernetes adapter, which does not exist yet`,
      )
}

export function checkPolicy(policy: Policy): void {
  if (!record(policy)) throw new MisuseError('bad-policy', `policy must be an object, not ${show(policy)}`)
  checkTable('policy', policy, policyFields)
  const mode = policy.drain?.mode ?? 'none'
  if (mode !== 'none')
    throw new MisuseError(
      'unsupported-policy',
      `policy.drain.mode is '${mode}', and no adapter can drain a node yet; leave it out, or say 'none' and drain the nodes before`,
    )
}

export function checkExecuteOptions(options: ExecuteOptions): void {
  checkFields('executeTeardown', options, executeFields)
  checkAdapters(options.adapters)
  for (const field of ['timeoutMs', 'stepTimeoutMs', 'maxAmendments', 'settleMs'] as const)
    if (options[field] !== undefined && !count(options[field]))
      throw new MisuseError('bad-option', `${field} must be a number, not negative; it is ${show(options[field])}`)
  if (options.latency !== undefined) checkLatency(options.latency)
}

function checkLatency(latency: unknown): void {
  if (!record(latency)) throw new MisuseError('bad-option', `latency must be an object, not ${show(latency)}`)
  for (const [kind, times] of Object.entries(latency as object))
    for (const field of ['typicalMs', 'worstMs'] as const) {
      const value = record(times) ? (times as Readonly<Record<string, unknown>>)[field] : undefined
      if (!count(value))
        throw new MisuseError(
          'bad-option',
          `latency['${kind}'].${field} must be milliseconds, not negative; it is ${show(value)}`,
        )
    }
}

function checkAdapters(adapters: unknown): void {
  if (!Array.isArray(adapters) || adapters.length === 0)
    throw new MisuseError('no-adapters', `adapters must be a list with at least one adapter; it is ${show(adapters)}`)
  adapters.forEach((adapter, index) => {
    if (typeof adapter?.connect !== 'function')
      throw new MisuseError(
        'bad-adapter',
        `adapters[${index}] is no adapter: it has no connect(); it is ${show(adapter)}`,
      )
  })
}

function checkTable(name: string, value: object, table: Readonly<Record<string, { is: Check; must: string }>>): void {
  checkFields(name, value, Object.keys(table))
  for (const [field, { is, must }] of Object.entries(table)) {
    const given = (value as Record<string, unknown>)[field]
    if (given !== undefined && !is(given))
      throw new MisuseError(`bad-${name}`, `${name}.${field} must ${must}; it is ${show(given)}`)
  }
}

function checkFields(name: string, value: object, known: readonly string[]): void {
  for (const field of Object.keys(value))
    if (!known.includes(field))
      throw new MisuseError(
        'unknown-option',
        `${name} does not know "${field}" (${show((value as Record<string, unknown>)[field])}); known: ${known.join(', ')}`,
      )
}

function show(value: unknown): string {
  if (typeof value === 'number') return String(value) // JSON has no NaN
  try {
    return JSON.stringify(value)?.slice(0, 120) ?? String(value)
  } catch {
    return String(value)
  }
}
