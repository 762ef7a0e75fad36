import { describe, expect, it } from 'vitest'
import { executeTeardown, memoryLedger, planTeardown, resumeTeardown, type TeardownEvent } from '../../src/index.ts'
import { boxes, killedBefore, on, tell } from './story.ts'
import { aliveIn, entriesOf, exactCloud, idOf, mine, speaking, stepsOf, tearDown, writesOf } from './tear-down.ts'

describe('a run that continues another', () => {
  it('tells what was gone, what went meanwhile, what is on its way and what is new', async () => {
    const { report, first, told, cloud, ledger } = await tell({
      add: boxes(
        { id: 'done' },
        { id: 'going', rules: { goingMs: 600_000 } },
        { id: 'slow', rules: { goingMs: 30_000 } },
        { id: 'later', changingMs: 120_000 },
      ),
      killed: on('intent', 'later'),
      begin: { stepTimeoutMs: 200_000 },
      then: ({ world }) => {
        world.add({ kind: 'cloud:box', id: 'new', tags: mine })
        const later = world.get('cloud:box', 'later')
        if (later) world.remove(later)
      },
    })
    expect(first.outcome).toBe('interrupted')
    expect(told['run']).toBe(first.runId)
    expect(told['done']).toEqual(expect.arrayContaining(['done', 'slow']))
    expect(told['goneMeanwhile']).toEqual(['later'])
    expect(told['joined']).toEqual(['going'])
    expect(told['new']).toEqual(['new'])
    expect(report.findings.find(({ code }) => code === 'resumed')).toMatchObject({
      severity: 'info',
      keys: [],
      message: `continues ${first.runId}: 2 were gone, 1 went meanwhile, 1 are on their way, 1 are new, 0 changes may have to be put back`,
    })
    expect(report.outcome).toBe('clean')
    expect(aliveIn(cloud)).toEqual([])
    expect(writesOf(cloud).filter((one) => one.includes('going'))).toEqual(['DeleteBox going ok'])
    expect((await entriesOf(ledger)).filter(({ type }) => type === 'run-opened').at(-1)).toMatchObject({
      resumes: first.runId,
    })
  })

  it('takes what went while nobody looked for gone by its removal, with the time since it was asked', async () => {
    const { report, ledger, told } = await tell({
      add: boxes({ id: 'slow', rules: { goingMs: 30_000 } }, { id: 'last', changingMs: 10_000 }),
      killed: on('gone', 'slow'),
      then: ({ context }) => context.sleep(60_000),
    })
    const slow = report.removed.find(({ key }) => idOf(key) === 'slow')
    expect(slow).toMatchObject({ proof: 'not-found' })
    expect(slow?.tookMs).toBeGreaterThanOrEqual(90_000)
    expect(slow?.step).toBeTypeOf('number')
    expect(told['joined']).toEqual([])
    expect(told['goneMeanwhile']).toEqual([])
    expect((await entriesOf(ledger)).filter(on('gone', 'slow'))).toHaveLength(1)
  })

  it('proves it, where there is no read by id, by its absence from two listings', async () => {
    const { report } = await tell({
      kinds: [{ name: 'cloud:box', finds: { read: false } }],
      add: boxes({ id: 'slow', rules: { goingMs: 5_000 } }, { id: 'other', rules: { goingMs: 50_000 } }),
      killed: on('gone', 'slow'),
      then: ({ context }) => context.sleep(60_000),
    })
    expect(report.removed.find(({ key }) => idOf(key) === 'slow')?.proof).toBe('two-absences')
    expect(report.outcome).toBe('clean')
  })

  it('takes what stands there with another incarnation for gone, and leaves the other alone', async () => {
    const { report, cloud } = await tell({
      kinds: [{ name: 'cloud:box', idIsName: true }],
      add: boxes(
        { name: 'box', id: 'box', rules: { goingMs: 5_000 } },
        { name: 'x', id: 'x', rules: { goingMs: 90_000 } },
      ),
      killed: on('gone', 'box'),
      then: async ({ context, world }) => {
        await context.sleep(60_000)
        world.add({ kind: 'cloud:box', id: 'box', name: 'box' })
      },
    })
    expect(report.removed.map(({ key }) => idOf(key)).sort()).toEqual(['box', 'x'])
    expect(aliveIn(cloud)).toEqual(['box'])
  })

  it('does not take for gone what cannot be read', async () => {
    const { report } = await tell({
      add: boxes({ id: 'slow', rules: { goingMs: 30_000 } }),
      killed: on('gone', 'slow'),
      then: async ({ context, world }) => {
        await context.sleep(60_000)
        world.fail({ what: 'denied', effect: 'read', kind: 'cloud:box', fromMs: world.elapsedMs() })
      },
    })
    expect(report.removed).toEqual([])
    expect(report.outcome).not.toBe('clean')
  })

  it('joins a removal that was accepted, and sends one again that was refused or never answered', async () => {
    const joined = await tell({
      add: boxes({ id: 'box', rules: { goingMs: 600_000 } }),
      killed: on('gone', 'box'),
    })
    expect(writesOf(joined.cloud)).toEqual(['DeleteBox box ok'])
    expect(joined.report.outcome).toBe('clean')
    const unsent = await tell({ add: boxes({ id: 'box' }), killed: on('intent', 'box') })
    expect(writesOf(unsent.cloud)).toEqual(['DeleteBox box ok'])
    expect(unsent.told['joined']).toEqual([])
  })

  it('does not send a removal again that was accepted, though the provider still shows the thing as it was', async () => {
    const cloud = exactCloud()
    boxes({ id: 'box', rules: { goingMs: 50_000 } })(cloud.world)
    const { context } = cloud
    const quiet = speaking(cloud, 'cloud:box', (kind) => ({
      facts: (raw) => {
        const facts = kind.facts(raw)
        return facts.phase === 'going' ? { ...facts, phase: 'steady', state: 'available' } : facts
      },
    }))
    const ledger = memoryLedger({ context })
    const { report: first } = await tearDown(quiet, { ledger, timeoutMs: 10_000 })
    expect(first.outcome).toBe('interrupted')
    expect(aliveIn(cloud)).toEqual(['box'])
    const report = await resumeTeardown({ adapters: quiet.adapters, context, ledger }).report
    expect(report.removed[0]?.tookMs).toBeGreaterThan(30_000)
    expect(writesOf(cloud)).toEqual(['DeleteBox box ok'])
    expect(report.outcome).toBe('clean')
  })

  it('sends a removal again whose request was lost before the process ended', async () => {
    const { cloud, report, told } = await tell({
      add: (world) => {
        boxes({ id: 'box' })(world)
        world.fail({ what: 'lost-request', effect: 'write', times: 1 })
      },
      killed: on('outcome', 'box'),
    })
    expect(writesOf(cloud)).toEqual(['DeleteBox box ConnectionLost', 'DeleteBox box ok'])
    expect(told['joined']).toHaveLength(1)
    expect(report.outcome).toBe('clean')
  })

  it('waits for parts that still follow what the first one removed, and then goes on with what they held', async () => {
    const { cloud, report } = await tell({
      add: (world) => {
        const net = world.add({ kind: 'cloud:net', id: 'net', tags: mine })
        const balancer = world.add({ kind: 'cloud:balancer', id: 'lb', tags: mine })
        world.add({
          kind: 'cloud:interface',
          id: 'eni',
          managed: 'the load balancer',
          partOf: [{ of: balancer, field: 'owner' }],
          uses: [{ to: net, field: 'net' }],
          rules: { outlivesMs: 50_000 },
        })
      },
      killed: on('gone', 'eni'),
      begin: { timeoutMs: 5_000 },
      resume: { maxAmendments: 5 },
    })
    expect(aliveIn(cloud)).toEqual([])
    expect(report.outcome).toBe('clean')
    expect(cloud.world.refusals()).toEqual([])
  })

  it('waits for parts that stand as they were behind what the first one removed, and then goes on', async () => {
    const cloud = exactCloud()
    const { world, context } = cloud
    const net = world.add({ kind: 'cloud:net', id: 'net', tags: mine })
    const balancer = world.add({ kind: 'cloud:balancer', id: 'lb', tags: mine })
    world.add({
      kind: 'cloud:interface',
      id: 'eni',
      managed: 'the load balancer',
      partOf: [{ of: balancer, field: 'owner' }],
      uses: [{ to: net, field: 'net' }],
      rules: { outlivesMs: 50_000 },
    })
    const standing = speaking(cloud, 'cloud:interface', (kind) => ({
      facts: (raw) => {
        const facts = kind.facts(raw)
        return facts.phase === 'going' ? { ...facts, phase: 'steady' } : facts
      },
    }))
    const ledger = memoryLedger({ context })
    await tearDown(standing, { ledger, timeoutMs: 5_000 })
    expect(aliveIn(cloud)).toEqual(['eni', 'net'])
    const report = await resumeTeardown({ adapters: standing.adapters, context, ledger }).report
    expect(aliveIn(cloud)).toEqual([])
    expect(report.outcome).toBe('clean')
    expect(world.refusals()).toEqual([])
  })

  it('removes nothing when more would go now than its policy allows', async () => {
    const { cloud, report } = await tell({
      add: boxes({ id: 'a' }, { id: 'b', changingMs: 60_000 }),
      policy: { maxRemovals: 2 },
      killed: on('intent', 'b'),
      then: ({ world }) => boxes({ id: 'c' }, { id: 'd' })(world),
    })
    expect(aliveIn(cloud)).toEqual(['b', 'c', 'd'])
    expect(writesOf(cloud)).toEqual(['DeleteBox a ok'])
    expect(report.findings.map(({ code }) => code)).toContain('too-many-removals')
    expect(report.outcome).not.toBe('clean')
  })

  it('does so also after its plan has expired, and calls nothing gone that was never to go', async () => {
    const { report, told } = await tell({
      add: boxes({ id: 'box', rules: { goingMs: 60_000 } }, { id: 'kept' }),
      policy: { keep: ['kept'] },
      killed: on('gone', 'box'),
      then: async ({ context, world }) => {
        await context.sleep(3 * 86_400_000)
        const kept = world.get('cloud:box', 'kept')
        if (kept) world.remove(kept)
      },
    })
    expect(report.outcome).toBe('clean')
    expect(told['goneMeanwhile']).toEqual([])
  })

  it('is itself continued by the name of the first one', async () => {
    const cloud = exactCloud()
    boxes({ id: 'box', rules: { goingMs: 60_000 } })(cloud.world)
    const { adapters, context } = cloud
    const ledger = memoryLedger({ context })
    const first = await tearDown(cloud, { ledger: killedBefore(ledger, on('gone', 'box')) })
    const report = await resumeTeardown({ adapters, context, ledger, runId: first.report.runId }).report
    expect(report.outcome).toBe('clean')
    expect(report.removed.map(({ key }) => idOf(key))).toEqual(['box'])
    const none = await resumeTeardown({ adapters, context, ledger, runId: 'run-x' }).report
    expect(none.findings.map(({ message }) => message)).toEqual([
      'the ledger has no run "run-x" that wrote a plan; readRuns(ledger) lists those it has',
    ])
    const over = await resumeTeardown({ adapters, context, ledger }).report
    expect(over.findings.map(({ message }) => message)).toEqual([
      'the ledger has no run that was begun and not ended; make a plan and execute it',
    ])
    expect(over.exitCode).toBe(3)
  })

  it('with other accounts than its own is refused', async () => {
    const cloud = exactCloud()
    boxes({ id: 'box', rules: { goingMs: 60_000 } })(cloud.world)
    const ledger = memoryLedger({ context: cloud.context })
    await tearDown(cloud, { ledger: killedBefore(ledger, on('gone', 'box')) })
    const { context } = cloud
    const other = exactCloud({ context, providers: [{ name: 'cloud', account: 'another' }] })
    const report = await resumeTeardown({ adapters: other.adapters, context, ledger }).report
    expect(report.findings.map(({ code }) => code)).toContain('wrong-adapters')
    expect(report.outcome).toBe('refused')
  })
})

it('no removal took less than no time, however far the wall clock was set back meanwhile', async () => {
  const { adapters, context, world } = exactCloud()
  let setBackMs = 0
  const jumping = { ...context, now: () => context.now() - setBackMs }
  boxes({ id: 'box', rules: { goingMs: 60_000 } }, { id: 'late', rules: { goingMs: 120_000 } })(world)
  const ledger = memoryLedger({ context })
  void context.sleep(30_000).then(() => {
    setBackMs = 3_600_000
  })
  const plan = await planTeardown({ adapters, context: jumping, target: mine })
  const took: number[] = []
  const onEvent = (event: TeardownEvent): void => void (event.type === 'gone' && took.push(event.tookMs))
  const run = { adapters, context: jumping, onEvent }
  await executeTeardown(plan, { ...run, ledger: killedBefore(ledger, on('gone', 'late')) }).report
  const { removed } = await resumeTeardown({ ...run, ledger }).report
  expect(removed).toHaveLength(2)
  expect(took.length).toBeGreaterThan(0)
  expect(Math.min(...took, ...removed.map(({ tookMs }) => tookMs))).toBeGreaterThanOrEqual(0)
})

describe('a run that begins anew on a target whose last run was killed', () => {
  it('knows what that had changed, and puts it back when the removal does not come about', async () => {
    const cloud = exactCloud()
    boxes({ id: 'box', protections: ['lock'] }, { id: 'other' })(cloud.world)
    const { adapters, context, world } = cloud
    const ledger = memoryLedger({ context })
    const policy = { liftProtection: ['box'] }
    await tearDown(cloud, { policy, ledger: killedBefore(ledger, on('intent', 'box', 'remove')) })
    await context.sleep(3_600_000)
    world.fail({ what: 'denied', effect: 'write', call: 'DeleteBox', id: 'box' })
    const plan = await planTeardown({ adapters, context, target: mine, ledger })
    expect(plan.steps.filter(({ action }) => action === 'unprotect')).toEqual([])
    const { report } = await tearDown(cloud, { ledger, maxAmendments: 0 })
    expect(stepsOf(report).at(-1)).toBe('unprotect box: undone')
    expect(writesOf(cloud).at(-1)).toBe('ProtectBox box ok')
    expect((await entriesOf(ledger)).filter(({ type }) => type === 'run-opened').at(-1)).toHaveProperty('resumes')
  })

  it('joins the removals that were on their way', async () => {
    const cloud = exactCloud()
    boxes({ id: 'box', rules: { goingMs: 7_200_000 } })(cloud.world)
    const ledger = memoryLedger({ context: cloud.context })
    await tearDown(cloud, { ledger: killedBefore(ledger, on('gone', 'box')), timeoutMs: 60_000 })
    await cloud.context.sleep(600_000)
    const { report } = await tearDown(cloud, { ledger, stepTimeoutMs: 9_000_000, timeoutMs: 9_000_000 })
    expect(writesOf(cloud)).toEqual(['DeleteBox box ok'])
    expect(report.outcome).toBe('clean')
  })
})
