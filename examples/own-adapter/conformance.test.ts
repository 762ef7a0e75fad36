import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type AdapterBench, adapterConformance, type Sample } from '@cleardown/core/conformance'
import { describe, test } from 'vitest'
import { disk, failureCodes } from './adapter.ts'
import { makeDisk, removeDisk } from './world.ts'

let root: string

/** Users before what they use. */
const samples: readonly Sample[] = [
  { kind: 'disk:link', id: 'ci-1/newest' },
  { kind: 'disk:link', id: 'ci-1/outside' },
  { kind: 'disk:file', id: 'ci-1/src/__proto__' },
  { kind: 'disk:file', id: 'ci-1/src/main.c' },
  { kind: 'disk:file', id: 'ci-1/build/cache/a.o' },
  { kind: 'disk:file', id: 'ci-1/build/cache/b.o' },
  { kind: 'disk:folder', id: 'ci-1/build/cache' },
  { kind: 'disk:folder', id: 'ci-1/build/empty' },
  { kind: 'disk:folder', id: 'ci-1/build' },
  { kind: 'disk:folder', id: 'ci-1/src' },
  { kind: 'disk:folder', id: 'ci-1' },
]

const cases = adapterConformance({
  async setup(): Promise<AdapterBench> {
    root = await makeDisk()
    let requests = 0
    return {
      adapter: disk({ root, onRequest: () => requests++ }),
      mistaken: disk({ root, expectedDisk: 'another' }),
      samples,
      marked: [{ word: 'cluster', value: 'ci-1', samples }],
      held: [
        { held: { kind: 'disk:folder', id: 'ci-1/src' }, by: { kind: 'disk:file', id: 'ci-1/src/main.c' } },
        { held: { kind: 'disk:folder', id: 'ci-1' }, by: { kind: 'disk:folder', id: 'ci-1/src' } },
      ],
      foreign: [{ kind: 'disk:folder', id: 'ci-1/outside/bin' }],
      absent: (kind) => `ci-1/no-such-${kind.slice('disk:'.length)}`,
      again: [
        {
          sample: { kind: 'disk:file', id: 'ci-1/src/main.c' },
          make: () => writeFile(join(root, 'ci-1/src/main.c'), 'another'),
        },
      ],
      refusals: Object.entries({ ...failureCodes, EODD: 'unknown' as const }).map(([word, code]) => ({
        error: Object.assign(new Error(`${word}: not this time`), { code: word }),
        kind: 'disk:file',
        call: 'remove',
        code,
      })),
      async many() {
        const ids = Array.from({ length: 60 }, (_, index) => `many-${index % 3}/${index}`)
        for (let index = 0; index < 3; index++) await mkdir(join(root, `many-${index}`))
        for (const id of ids) await writeFile(join(root, id), '')
        return [{ kind: 'disk:file', ids, pageSize: 13 }]
      },
      requests: () => requests,
    }
  },
  teardown: () => removeDisk(root),
  skip: {
    'finds by id what is there and leaves out what is not': 'find.all is enough: a disk is small',
    'finds by tag what carries exactly that': 'the same',
    'finds by what is used': 'the same',
    'shows what is being removed for as long as it is there': 'what is removed from a disk is gone at once',
    'lets labels that were refused fail: what has a mark never looks unmarked': 'a listing has them',
    'silences a writer and lets it write again': 'nothing on a disk makes files again',
    'cuts links and puts them back as they were': 'no kind ties two others',
    'takes off one mark and no other': 'the mark is the path itself',
    'releases one finalizer and no other': 'a disk knows no finalizers',
  },
})

describe('the disk adapter', () => {
  for (const { name, skip, run } of cases)
    test(name, async (context) => {
      context.skip(skip !== undefined, skip)
      await run()
    })
})
