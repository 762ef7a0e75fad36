// the flow
export { planTeardown } from './plan-teardown.ts'
export { executeTeardown } from './execute-teardown.ts'
export { resumeTeardown } from './resume-teardown.ts'
export { verifyTeardown } from './verify-teardown.ts'
export {
  type Simulation,
  type SimulateOptions,
  type SimulatedStep,
  simulateTeardown,
} from './plan/simulate-teardown.ts'
export { explain } from './plan/explain.ts'
export { parsePlan } from './plan/parse-plan.ts'
export { type DecisionChange, diffPlans, type PlanDiff } from './plan/diff-plans.ts'
export { renderPlan } from './render/plan.ts'
export { renderReport } from './render/report.ts'
export { renderExplanation } from './render/explanation.ts'
export { renderDiff } from './render/diff.ts'

// what a harness writes down
export { fileLedger } from './ledger/file-ledger.ts'
export { memoryLedger } from './ledger/memory-ledger.ts'
export {
  type CreatedThing,
  type Creation,
  type CreationIntent,
  closeCreation,
  openCreation,
  recordCreation,
} from './ledger/record-creation.ts'
export { runMarks } from './ledger/run-marks.ts'
export { type RecordedRun, readRuns, runToResume } from './ledger/run-history.ts'

// what a plan is made of and what comes out
export type { Json } from './model/json.ts'
export { type KeyParts, type KindName, isResourceKey, type ResourceKey, resourceKey, splitKey } from './model/key.ts'
export type { Target } from './model/target.ts'
export { defaultMaxRemovals, type Policy, type Route, type Selector } from './model/policy.ts'
export { concludeOwnership, type Evidence, type Ownership, type OwnershipLevel } from './model/ownership.ts'
export type { Edge, Ref, Relation } from './model/relation.ts'
export type { Failure, FailureCode } from './model/failure.ts'
export {
  type Coverage,
  exitCodes,
  type Finding,
  type FindingCode,
  type Identity,
  type Outcome,
  outcomes,
  worstOutcome,
} from './model/outcome.ts'
export type {
  Blocked,
  Blocker,
  Decision,
  Kept,
  Override,
  Plan,
  PlannedResource,
  StayReason,
  Step,
} from './model/plan.ts'
export type { Change, Explanation, Neighbour } from './model/explanation.ts'
export type { Leftover, LeftReason, Removed, Report, StepResult } from './model/report.ts'
export type { TeardownEvent } from './model/event.ts'
export { BrokenInvariantError, MisuseError } from './model/errors.ts'

// what an adapter is
export {
  type Adapter,
  defineKind,
  type Facts,
  type Find,
  type Io,
  type Kind,
  type Limit,
  type Live,
  type OwnershipRule,
  type Phase,
  type Protection,
  RefusedError,
  type Request,
  type Reversible,
  type Session,
} from './adapter/kind.ts'
export { dependsOn, partOf, ref, restoredBy, restores, servedBy, usedBy, whole } from './adapter/relations.ts'
export { type Context, systemContext } from './adapter/context.ts'
export type { ExecuteOptions, PlanOptions, ResumeOptions, TeardownRun, VerifyOptions } from './adapter/options.ts'
export {
  FencedError,
  type Holder,
  type Lease,
  type Ledger,
  LedgerCorruptError,
  type LedgerEntry,
  type LedgerOptions,
} from './ledger/ledger.ts'
