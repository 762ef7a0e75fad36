import type { Change } from '../model/explanation.ts'
import { type ResourceKey, splitKey } from '../model/key.ts'
import type { Blocker } from '../model/plan.ts'
import type { LeftReason } from '../model/report.ts'

type Advice = (id: string, chain: readonly Blocker[]) => readonly Change[]

const goes = 'it goes, unless something else keeps it too'
const approve: Advice = (id) => [{ what: `policy.approve: ['${id}']`, then: goes }]
const decideAbout: Advice = (id, chain) => {
  const last = chain.at(-1)
  return last
    ? changesFor(last.key, last.reason, []).map(({ what }) => ({
        what,
        then: `${id} goes after ${splitKey(last.key).id}`,
      }))
    : []
}
const again: Advice = () => [
  { what: 'resumeTeardown, or plan and execute again, when the cause is mended', then: goes },
]
const nothing: Advice = () => []

/** One row per reason: what a person can do about it. */
const advice: Readonly<Record<LeftReason, Advice>> = {
  'kept-by-policy': (id) => [{ what: `take what names ${id} out of policy.keep`, then: goes }],
  shared: () => [{ what: 'the others that share it give it up', then: 'only then can it be removed, by its owner' }],
  foreign: () => [{ what: 'its owner removes it', then: 'no policy removes what is proved to be of another' }],
  'not-ours': approve,
  retained: (id) => [
    ...approve(id, []),
    { what: "policy.retained: 'remove'", then: 'it goes with all data of the target' },
  ],
  suspected: (id) => [...approve(id, []), { what: "policy.suspected: 'remove'", then: 'everything suspected goes' }],
  disputed: approve,
  'holds-data': (id) => [
    ...approve(id, []),
    { what: "policy.retained: 'keep'", then: 'it stays, and the outcome is retained' },
  ],
  protected: (id) => [{ what: `policy.liftProtection: ['${id}']`, then: 'its protection is lifted for the removal' }],
  'too-young': () => [{ what: 'wait, or lower policy.minAgeMs', then: goes }],
  unseen: () => [
    {
      what: 'give the missing permission, or wait until the listing works',
      then: 'it can be told whether anything uses it',
    },
  ],
  writer: () => [{ what: 'remove or silence what makes it again', then: goes }],
  server: () => [
    { what: 'bring back the controller that finishes its removal', then: goes },
    {
      what: 'policy.releaseFinalizers with its finalizer, where it has one; no policy.route that says served',
      then: 'its parts elsewhere go first; once they are read as gone it goes without the controller',
    },
  ],
  fixed: nothing,
  needed: nothing,
  used: decideAbout,
  'part-stays': decideAbout,
  'whole-stays': decideAbout,
  serves: decideAbout,
  cycle: (id) => [
    {
      what: `policy.approve with the id of a link between ${id} and what it waits for`,
      then: 'the link is cut, and both go',
    },
  ],
  'no-removal': nothing,
  denied: () => [{ what: 'give the missing permission', then: 'resumeTeardown removes it' }],
  stuck: () => [{ what: 'ask the operator of the provider to move it', then: 'resumeTeardown removes it' }],
  'timed-out': () => [
    { what: 'a longer stepTimeoutMs, or look why the provider is slow', then: 'resumeTeardown waits for it' },
  ],
  failed: again,
  'not-reached': again,
  interrupted: () => [{ what: 'resumeTeardown', then: 'the run goes on' }],
  new: () => [{ what: 'find what makes it; then plan and execute again', then: goes }],
}

/** What would change the fate of something that stays. */
export const changesFor = (key: ResourceKey, reason: LeftReason, chain: readonly Blocker[]): readonly Change[] =>
  advice[reason](splitKey(key).id, chain)
