import { describe, expect, it } from 'vitest'
import type { LedgerEntry } from '../../src/ledger/ledger.ts'
import { memoryLedger } from '../../src/ledger/memory-ledger.ts'
import {
  type RecordedRun,
  type RunHistory,
  readHistory,
  readPlans,
  readRuns,
  runToResume,
  unfinishedOn,
} from '../../src/ledger/run-history.ts'
import type { Failure } from '../../src/model/failure.ts'
import { type ResourceKey, resourceKey } from '../../src/model/key.ts'
import type { Outcome } from '../../src/model/outcome.ts'
import type { Plan } from '../../src/model/plan.ts'
import { virtualContext } from '../support/virtual-context.ts'

type Entry = LedgerEntry extends infer E ? (E extends LedgerEntry ? Omit<E, 'at'> & { at?: string } : never) : never
type Action = Extract<LedgerEntry, { type: 'intent' }>['action']

const key = (id: string): ResourceKey => resourceKey({ kind: 'cloud:box', account: '1', place: 'here', id })
const at = (second: number): string => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString()

const opened = (runId: string, resumes?: string, scope = 's'): Entry => ({
  type: 'run-opened',
  runId,
  planId: `plan of ${runId}`,
  principals: ['ci'],
  scope,
  ...(resumes === undefined ? {} : { resumes }),
})
const closed = (runId: string, outcome: Outcome): Entry => ({ type: 'run-closed', runId, outcome })
const plan = (runId: string, id = 'p'): Entry => ({ type: 'plan', runId, plan: { id } as Plan })
const intent = (id: string, second: number, action: Action = 'remove', more: object = {}): Entry => ({
  type: 'intent',
  runId: 'a',
  planId: 'p',
  step: 3,
  action,
  target: key(id),
  incarnation: `${id} 1`,
  principal: 'ci',
  attempt: 1,
  at: at(second),
  ...more,
})
const outcome = (id: string, result: 'accepted' | Failure['code'], action: Action = 'remove'): Entry => ({
  type: 'outcome',
  runId: 'a',
  planId: 'p',
  step: 3,
  action,
  target: key(id),
  ...(result === 'accepted'
    ? { result }
    : { result: 'refused' as const, failure: { code: result, providerCode: 'X', message: 'no' } }),
})
const gone = (id: string, second: number): Entry => ({
  type: 'gone',
  runId: 'a',
  target: key(id),
  incarnation: `${id} 1`,
  proof: 'not-found',
  at: at(second),
})

async function ledgerOf(entries: readonly Entry[]): Promise<ReturnType<typeof memoryLedger>> {
  const ledger = memoryLedger({ context: virtualContext() })
  await ledger.append(entries.map((entry) => ({ at: at(0), ...entry }) as LedgerEntry))
  return ledger
}

const runsOf = async (...entries: readonly Entry[]): Promise<readonly RecordedRun[]> =>
  readRuns(await ledgerOf(entries))

/** Of the run `a`, whose plan is `p`, and of what it continued. */
async function historyOf(...entries: readonly Entry[]): Promise<RunHistory | undefined> {
  const ledger = await ledgerOf([opened('a'), plan('a'), ...entries])
  const runs = await readRuns(ledger)
  return readHistory(ledger, runs, runs.findLast(({ runId }) => runId === 'a') as RecordedRun)
}

describe('the runs of a ledger', () => {
  it('are those that were opened, oldest first, each with how it ended', async () => {
    const runs = await runsOf(
      { ...opened('a'), at: at(1) },
      plan('a'),
      { ...opened('b', 'a', 't'), at: at(2) },
      closed('b', 'clean'),
      closed('nobody', 'clean'),
    )
    expect(runs).toEqual([
      { runId: 'a', planId: 'plan of a', openedAt: at(1), scope: 's' },
      { runId: 'b', planId: 'plan of b', openedAt: at(2), scope: 't', resumes: 'a', outcome: 'clean' },
    ])
    expect(runs[0]).not.toHaveProperty('resumes')
    expect(runs[0]).not.toHaveProperty('outcome')
  })

  it('are resumed from the last one that was killed or interrupted', async () => {
    const runs = await runsOf(
      opened('killed'),
      opened('stopped'),
      closed('stopped', 'interrupted'),
      opened('done'),
      closed('done', 'blocked'),
    )
    expect(runToResume(runs)?.runId).toBe('stopped')
    expect(runToResume(runs.slice(0, 1))?.runId).toBe('killed')
    expect(runToResume(runs.slice(2))).toBeUndefined()
    expect(runToResume([])).toBeUndefined()
  })

  it('are resumed from the one that continued another, not from that one', async () => {
    const runs = await runsOf(opened('a'), opened('b', 'a'), opened('c', 'b'), closed('c', 'clean'), opened('d'))
    expect(runToResume(runs.slice(0, 2))?.runId).toBe('b')
    expect(runToResume(runs.slice(0, 3))).toBeUndefined()
    expect(runToResume(runs, 'a')?.runId).toBe('c')
    expect(runToResume(runs, 'b')?.runId).toBe('c')
    expect(runToResume(runs, 'd')?.runId).toBe('d')
    expect(runToResume(runs, 'x')).toBeUndefined()
  })

  it('are unfinished on their own scope alone', async () => {
    const runs = await runsOf(opened('a', undefined, 's'), opened('b', undefined, 't'))
    expect(unfinishedOn(runs, 's')?.runId).toBe('a')
    expect(unfinishedOn(runs, 't')?.runId).toBe('b')
    expect(unfinishedOn(runs, 'u')).toBeUndefined()
  })
})

describe('the plans of a ledger', () => {
  it('are those of all its runs, oldest first', async () => {
    const ledger = await ledgerOf([
      opened('a'),
      plan('a', '1'),
      intent('box', 1),
      opened('b'),
      plan('b', '2'),
      plan('a', '3'),
    ])
    expect((await readPlans(ledger)).map(({ id }) => id)).toEqual(['1', '2', '3'])
    expect(await readPlans(await ledgerOf([opened('a')]))).toEqual([])
  })
})

describe('the history of a run', () => {
  it('is none where it wrote no plan', async () => {
    const ledger = await ledgerOf([opened('a'), opened('b'), plan('b')])
    const runs = await readRuns(ledger)
    expect(await readHistory(ledger, runs, runs[0] as RecordedRun)).toBeUndefined()
  })

  it('has the plans of all runs that it continues, in order, and of no other', async () => {
    const ledger = await ledgerOf([
      opened('a'),
      plan('a', '1'),
      plan('a', '2'),
      opened('other'),
      plan('other', 'x'),
      { ...gone('x', 1), runId: 'other' } as Entry,
      opened('b', 'a'),
      plan('b', '3'),
      plan('b', '2'),
    ])
    const runs = await readRuns(ledger)
    const history = await readHistory(ledger, runs, runs.at(-1) as RecordedRun)
    expect(history?.plans.map(({ id }) => id)).toEqual(['1', '2', '3'])
    expect(history?.last.runId).toBe('b')
    expect(history?.gone.size).toBe(0)
  })

  it('ends where runs say that they continue each other', async () => {
    const ledger = await ledgerOf([opened('a', 'b'), opened('b', 'a'), plan('a')])
    const runs = await readRuns(ledger)
    expect((await readHistory(ledger, runs, runs[0] as RecordedRun))?.plans).toHaveLength(1)
  })

  it('knows what is gone, since when, and how long it took from when it was first asked for', async () => {
    const history = await historyOf(
      intent('box', 10),
      outcome('box', 'throttled'),
      intent('box', 20),
      outcome('box', 'accepted'),
      gone('box', 50),
      gone('part', 60),
    )
    expect(history?.gone.get(key('box'))).toEqual({
      key: key('box'),
      at: at(50),
      tookMs: 30_000,
      proof: 'not-found',
      incarnation: 'box 1',
    })
    expect(history?.gone.get(key('part'))?.tookMs).toBe(0)
    expect(history?.asked.size).toBe(0)
  })

  it('counts from the first time where an answer was lost', async () => {
    const history = await historyOf(
      intent('box', 10),
      outcome('box', 'transient'),
      intent('box', 20),
      outcome('box', 'accepted'),
      gone('box', 50),
    )
    expect(history?.gone.get(key('box'))?.tookMs).toBe(40_000)
  })

  it('knows what was asked to go and is not read as gone: removed, cut or awaited, and whether that was accepted', async () => {
    const history = await historyOf(
      intent('sent', 1),
      intent('accepted', 2),
      outcome('accepted', 'accepted'),
      intent('cut', 3, 'sever'),
      intent('awaited', 4, 'await'),
      intent('guarded', 5, 'unprotect', { before: {} }),
      intent('marked', 6, 'unmark'),
      outcome('never sent', 'accepted'),
    )
    expect(history?.asked).toEqual(
      new Map([
        [key('sent'), { incarnation: 'sent 1', step: 3, at: Date.parse(at(1)), accepted: false }],
        [key('accepted'), { incarnation: 'accepted 1', step: 3, at: Date.parse(at(2)), accepted: true }],
        [key('cut'), { incarnation: 'cut 1', step: 3, at: Date.parse(at(3)), accepted: false }],
        [key('awaited'), { incarnation: 'awaited 1', step: 3, at: Date.parse(at(4)), accepted: false }],
      ]),
    )
  })

  it.each(['blocked', 'denied', 'throttled', 'conflict', 'protected', 'invalid', 'gone'] as const)(
    'forgets a removal that was refused as %s',
    async (code) => {
      expect((await historyOf(intent('box', 1), outcome('box', code)))?.asked.size).toBe(0)
    },
  )

  it.each(['transient', 'unknown'] as const)(
    'keeps a removal whose answer is %s: it may be on its way',
    async (code) => {
      expect((await historyOf(intent('box', 1), outcome('box', code)))?.asked.get(key('box'))?.accepted).toBe(false)
    },
  )

  it.each(['accepted', 'denied'] as const)(
    'takes no change that was %s for the answer to a removal',
    async (result) => {
      const history = await historyOf(
        intent('x', 1),
        outcome('x', 'transient'),
        intent('x', 2, 'unprotect', { step: 4, before: {} }),
        outcome('x', result, 'unprotect'),
      )
      expect(history?.asked.get(key('x'))).toMatchObject({ accepted: false })
    },
  )

  it('knows each change with its first value, and how often it was sent', async () => {
    const history = await historyOf(
      intent('box', 1, 'unprotect', { before: { old: 1 } }),
      outcome('box', 'transient', 'unprotect'),
      intent('box', 2, 'unprotect', { before: { old: 2 }, attempt: 2 }),
      intent('asg', 3, 'quiesce', { before: { paused: false }, step: 4 }),
      intent('plain', 4, 'remove', { step: 5 }),
    )
    expect(history?.changes).toEqual([
      { plan: { id: 'p' }, step: 3, incarnation: 'box 1', before: { old: 1 }, attempt: 2 },
      { plan: { id: 'p' }, step: 4, incarnation: 'asg 1', before: { paused: false }, attempt: 1 },
    ])
  })

  it('knows no change of a plan that the ledger does not have', async () => {
    const history = await historyOf(intent('box', 1, 'unprotect', { before: {}, planId: 'unknown' }))
    expect(history?.changes).toEqual([])
  })

  it('forgets a change that was refused when it was first sent, not one that was sent before', async () => {
    const first = intent('box', 1, 'unprotect', { before: {} })
    expect((await historyOf(first, outcome('box', 'denied', 'unprotect')))?.changes).toEqual([])
    expect((await historyOf(first, outcome('box', 'transient', 'unprotect')))?.changes).toHaveLength(1)
    const second = intent('box', 2, 'unprotect', { before: {}, attempt: 2 })
    const lost = outcome('box', 'transient', 'unprotect')
    expect((await historyOf(first, lost, second, outcome('box', 'denied', 'unprotect')))?.changes).toHaveLength(1)
  })

  it('forgets a change that was put back, or whose thing is gone, and the removal of a link that is there again', async () => {
    const cut = [intent('link', 1, 'sever', { before: {} }), outcome('link', 'accepted', 'sever'), gone('link', 2)]
    const undo = intent('link', 3, 'undo', { before: {} })
    const cutHistory = await historyOf(...cut)
    expect(cutHistory?.changes).toHaveLength(1)
    expect(cutHistory?.gone.size).toBe(1)
    for (const answer of ['accepted', 'gone'] as const) {
      const history = await historyOf(...cut, undo, outcome('link', answer, 'undo'))
      expect(history?.changes).toEqual([])
      expect(history?.gone.size).toBe(0)
    }
    const refused = await historyOf(...cut, undo, outcome('link', 'denied', 'undo'))
    expect(refused?.changes).toHaveLength(1)
    expect(refused?.gone.size).toBe(1)
    const later = intent('link', 3, 'undo', { before: { other: 1 }, attempt: 4 })
    const unanswered = await historyOf(intent('link', 1, 'sever', { before: {} }), later)
    expect(unanswered?.changes).toMatchObject([{ attempt: 1, before: {} }])
    const back = await historyOf(intent('link', 1, 'sever', { before: {} }), undo, outcome('link', 'accepted', 'undo'))
    expect(back?.asked.size).toBe(0)
  })
})
