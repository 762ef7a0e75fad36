import { describe, expect, test } from 'vitest'
import { readAll } from '../../src/kit/conformance/ledger/entries.ts'
import type { Ledger } from '../../src/ledger/ledger.ts'
import { memoryLedger } from '../../src/ledger/memory-ledger.ts'
import { type Creation, closeCreation, openCreation, recordCreation } from '../../src/ledger/record-creation.ts'
import { MisuseError } from '../../src/model/errors.ts'
import { virtualContext } from '../support/virtual-context.ts'

interface Vpc {
  readonly vpcId: string
}

function vpc(more: Partial<Creation<Vpc>> = {}): Creation<Vpc> {
  const context = virtualContext()
  return { kind: 'aws:vpc', run: 'r-77', parents: [], idOf: ({ vpcId }) => vpcId, context, ...more }
}

const types = async (ledger: Ledger): Promise<string[]> => (await readAll(ledger)).map(({ type }) => type)

describe('recordCreation', () => {
  test('writes the intent, creates, writes the id, and gives back what was created', async () => {
    const ledger = memoryLedger()
    const created = await recordCreation(ledger, vpc({ parents: ['stack-1'], place: 'us-east-1' }), async () => {
      expect(await types(ledger)).toEqual(['creating'])
      return { vpcId: 'vpc-1' }
    })
    expect(created).toEqual({ vpcId: 'vpc-1' })
    const [intent, id] = await readAll(ledger)
    const common = {
      run: 'r-77',
      kind: 'aws:vpc',
      parents: ['stack-1'],
      creation: expect.stringMatching(/^[0-9a-f]{24}$/),
    }
    expect(intent).toEqual({ at: '2026-01-01T00:00:00.000Z', type: 'creating', ...common })
    expect(id).toEqual({ ...intent, type: 'created', id: 'vpc-1', place: 'us-east-1' })
  })

  test('creates nothing when the intent cannot be written', async () => {
    const ledger = memoryLedger()
    await ledger.close()
    let created = false
    const creating = recordCreation(ledger, vpc(), async () => {
      created = true
      return { vpcId: 'vpc-1' }
    })
    await expect(creating).rejects.toThrow(MisuseError)
    expect(created).toBe(false)
  })

  test('leaves the intent when creating fails, and passes the error on', async () => {
    const ledger = memoryLedger()
    const failure = new Error('socket hang up')
    await expect(recordCreation(ledger, vpc(), () => Promise.reject(failure))).rejects.toBe(failure)
    expect(await types(ledger)).toEqual(['creating'])
  })

  test('names the id when it cannot be written', async () => {
    const ledger = memoryLedger()
    const creating = recordCreation(ledger, vpc(), async () => {
      await ledger.close()
      return { vpcId: 'vpc-1' }
    })
    await expect(creating).rejects.toThrow(
      'aws:vpc vpc-1 was created for run r-77, but its id could not be written to the ledger',
    )
    await expect(creating).rejects.toHaveProperty('cause', expect.any(MisuseError))
  })

  test('does not take nothing for an id', async () => {
    const ledger = memoryLedger()
    const creating = recordCreation(ledger, vpc({ idOf: () => '' }), async () => ({ vpcId: 'vpc-1' }))
    await expect(creating).rejects.toThrow(MisuseError)
    await expect(creating).rejects.toThrow(
      /^there is no id of the aws:vpc that was created for run r-77; its intent is in the ledger as [0-9a-f]{24}$/,
    )
    expect(await types(ledger)).toEqual(['creating'])
  })

  test('takes nothing but text for an id', async () => {
    const idOf = (() => undefined) as unknown as () => string
    const creating = recordCreation(memoryLedger(), vpc({ idOf }), async () => ({ vpcId: 'vpc-1' }))
    await expect(creating).rejects.toMatchObject({ code: 'no-id' })
  })

  test('gives each record its own id', async () => {
    const ledger = memoryLedger()
    const context = virtualContext()
    for (const vpcId of ['vpc-1', 'vpc-2']) await recordCreation(ledger, vpc({ context }), async () => ({ vpcId }))
    const creations = (await readAll(ledger)).map((one) => ('creation' in one ? one.creation : ''))
    expect(new Set(creations).size).toBe(2)
  })

  test('rejects a run that runMarks would reject', async () => {
    await expect(recordCreation(memoryLedger(), vpc({ run: 'R 77' }), async () => ({ vpcId: 'x' }))).rejects.toThrow(
      'run is "R 77"',
    )
  })
})

describe('the id of a record', () => {
  test.each([
    [0, '0'.repeat(24)],
    [0x00c0ffee / 2 ** 32, '00c0ffee'.repeat(3)],
    [1 - 2 ** -33, 'f'.repeat(24)],
  ])('has 24 digits, drawn as %d', async (drawn, id) => {
    const context = { ...virtualContext(), random: () => drawn }
    expect(await openCreation(memoryLedger(), { kind: 'aws:vpc', run: 'r-77', parents: [], context })).toBe(id)
  })
})

describe('openCreation and closeCreation', () => {
  const open = { kind: 'aws:vpc', run: 'r-77', parents: ['stack-1'] } as const

  test('write together what recordCreation writes', async () => {
    const [halves, whole] = [memoryLedger(), memoryLedger()]
    const context = virtualContext()
    const creation = await openCreation(halves, { ...open, context })
    expect(await types(halves)).toEqual(['creating'])
    await closeCreation(halves, creation, { id: 'vpc-1', place: 'us-east-1', context })
    await recordCreation(whole, vpc({ parents: ['stack-1'], place: 'us-east-1' }), async () => ({ vpcId: 'vpc-1' }))
    expect(await readAll(halves)).toEqual(await readAll(whole))
  })

  test('close the one that was opened, among others', async () => {
    const ledger = memoryLedger()
    const context = virtualContext()
    const first = await openCreation(ledger, { ...open, context })
    const second = await openCreation(ledger, { ...open, context })
    await closeCreation(ledger, second, { id: 'vpc-2', context })
    await closeCreation(ledger, first, { id: 'vpc-1', context })
    expect((await readAll(ledger)).at(-1)).toMatchObject({ type: 'created', creation: first, id: 'vpc-1' })
    expect((await readAll(ledger)).at(-1)).not.toHaveProperty('place')
  })

  test('write an id once, however often a script tries', async () => {
    const ledger = memoryLedger()
    const creation = await openCreation(ledger, open)
    for (let time = 0; time < 3; time++) await closeCreation(ledger, creation, { id: 'vpc-1' })
    expect(await types(ledger)).toEqual(['creating', 'created'])
  })

  test.each([
    [
      'a creation that nobody opened',
      'creation-0',
      'vpc-1',
      'no-such-creation',
      'the ledger has no creation creation-0',
    ],
    ['no id', undefined, '', 'no-id', 'there is no id of the aws:vpc'],
  ])('refuse %s', async (_, creation, id, code, message) => {
    const ledger = memoryLedger()
    const opened = await openCreation(ledger, open)
    const closing = closeCreation(ledger, creation ?? opened, { id })
    await expect(closing).rejects.toMatchObject({ name: 'MisuseError', code })
    await expect(closing).rejects.toThrow(message)
    expect(await types(ledger)).toEqual(['creating'])
  })

  test('refuse another id for what has one', async () => {
    const ledger = memoryLedger()
    const creation = await openCreation(ledger, open)
    await closeCreation(ledger, creation, { id: 'vpc-1' })
    await expect(closeCreation(ledger, creation, { id: 'vpc-2' })).rejects.toMatchObject({
      code: 'creation-closed',
      message: `the creation ${creation} has the id vpc-1, not vpc-2`,
    })
    expect(await types(ledger)).toEqual(['creating', 'created'])
  })

  test('reject a run that runMarks would reject', async () => {
    await expect(openCreation(memoryLedger(), { ...open, run: 'R 77' })).rejects.toThrow('run is "R 77"')
  })
})
