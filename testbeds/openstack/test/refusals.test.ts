// The recorded refusals are what the services answer: the adapter's table of failures is tested against the record.
import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { collectRefusals, type Refusal, SAMPLES } from '../refusals.ts'
import { sharedOpenStackBed } from '../shared-bed.ts'

it('refuses what the record says, with the same status and type', { timeout: 300_000 }, async () => {
  const brief = (rows: readonly Refusal[]): string[] =>
    rows.map(({ name, method, path, status, type = '-' }) => `${name}: ${method} ${path} ${status} ${type}`)
  const recorded = JSON.parse(await readFile(SAMPLES, 'utf8')) as Refusal[]
  const bed = await sharedOpenStackBed()
  expect(brief(await collectRefusals(bed))).toEqual(brief(recorded))
})
