import { existsSync } from 'node:fs'
import {
  type FileHandle,
  open,
  readdir,
  readFile,
  readlink,
  rename,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, vi } from 'vitest'
import { entries, entry, readAll } from '../../src/kit/conformance/ledger/entries.ts'
import { crc32c } from '../../src/ledger/crc32c.ts'
import { fileLedger } from '../../src/ledger/file-ledger.ts'
import { LedgerCorruptError, type LedgerEntry } from '../../src/ledger/ledger.ts'
import { encodeLines, headerLine } from '../../src/ledger/lines.ts'
import { MisuseError } from '../../src/model/errors.ts'
import { test } from '../support/temporary-folder.ts'

/** A ledger with three entries, as bytes and as the offsets at which its lines begin. */
async function threeEntries(path: string): Promise<{ bytes: Buffer; starts: number[] }> {
  const ledger = fileLedger(path)
  await ledger.append(entries(1, 3))
  await ledger.close()
  const bytes = await readFile(path)
  const starts = [0, ...[...bytes.keys()].filter((at) => bytes[at] === 10).map((at) => at + 1)]
  expect(starts.pop()).toBe(bytes.length)
  return { bytes, starts }
}

/** What all open files have in common: the place to let one of their calls fail. */
async function fileHandles(path: string): Promise<FileHandle> {
  const handle = await open(path)
  await handle.close()
  return Object.getPrototypeOf(handle) as FileHandle
}

describe('fileLedger', () => {
  afterEach(() => void vi.restoreAllMocks())

  test('makes its folder and a file that only its owner can read', async ({ folder }) => {
    const path = join(folder, 'a', 'b', 'ledger.jsonl')
    const ledger = fileLedger(path)
    await ledger.append([entry(1)])
    await ledger.acquire('aws/1', 'run a')
    await ledger.close()
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect((await stat(`${path}.leases`)).mode & 0o777).toBe(0o600)
  })

  test('makes nothing when it is only read', async ({ folder }) => {
    const path = join(folder, 'a', 'ledger.jsonl')
    expect(await readAll(fileLedger(path))).toEqual([])
    await expect(stat(join(folder, 'a'))).rejects.toThrow('ENOENT')
  })

  test('is lines of JSON with a number and a checksum', async ({ folder }) => {
    const { bytes } = await threeEntries(join(folder, 'ledger.jsonl'))
    const [header, ...lines] = bytes
      .toString()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(header).toEqual({ crc: expect.stringMatching(/^[0-9a-f]{8}$/), format: 'cleardown-ledger/1' })
    expect(lines).toEqual(
      entries(1, 3).map((one, index) => ({ crc: expect.stringMatching(/^[0-9a-f]{8}$/), seq: index + 1, entry: one })),
    )
  })

  test('goes on where it was closed', async ({ folder }) => {
    const path = join(folder, 'ledger.jsonl')
    await threeEntries(path)
    const ledger = fileLedger(path)
    expect(await ledger.append([entry(4)])).toBe(4)
    expect(await readAll(ledger)).toEqual(entries(1, 4))
    await ledger.close()
  })

  test('cuts a last line that was torn at any byte, and goes on behind the one before', async ({ folder }) => {
    const path = join(folder, 'ledger.jsonl')
    const { bytes, starts } = await threeEntries(path)
    const lastStart = starts.at(-1) as number
    for (let length = lastStart; length < bytes.length; length++) {
      await writeFile(path, bytes.subarray(0, length))
      const ledger = fileLedger(path)
      expect(await readAll(ledger)).toEqual(entries(1, 2))
      expect((await stat(path)).size).toBe(length) // reading cuts nothing: another process may be writing this line
      expect(await ledger.append([entry(3)])).toBe(3)
      await ledger.close()
      expect(await readFile(path)).toEqual(bytes)
    }
  })

  test('starts anew where its header was torn at any byte', async ({ folder }) => {
    const path = join(folder, 'ledger.jsonl')
    for (let length = 0; length < headerLine.length; length++) {
      await writeFile(path, headerLine.slice(0, length))
      const ledger = fileLedger(path)
      expect(await readAll(ledger)).toEqual([])
      expect(await ledger.append([entry(1)])).toBe(1)
      expect(await readAll(ledger)).toEqual([entry(1)])
      await ledger.close()
    }
  })

  test('cuts the zeros that some file systems leave behind a power failure', async ({ folder }) => {
    const path = join(folder, 'ledger.jsonl')
    const { bytes } = await threeEntries(path)
    await truncate(path, bytes.length + 5000)
    const ledger = fileLedger(path)
    expect(await ledger.append([entry(4)])).toBe(4)
    expect(await readAll(ledger)).toEqual(entries(1, 4))
    await ledger.close()
  })

  test('stops with the offset of the line in which any one byte is wrong', async ({ folder }) => {
    const path = join(folder, 'ledger.jsonl')
    const { bytes, starts } = await threeEntries(path)
    for (let at = 0; at < bytes.length - 1; at++) {
      const wrong = Buffer.from(bytes)
      wrong[at] = (wrong[at] as number) ^ (1 << (at % 8))
      await writeFile(path, wrong)
      const offset = starts.findLast((start) => start <= at)
      const ledger = fileLedger(path)
      await expect(readAll(ledger), `byte ${at}`).rejects.toMatchObject({
        name: 'LedgerCorruptError',
        offset,
        message: expect.stringMatching(/: (the checksum does not fit the line|its first line is not the header)/),
      })
      await expect(ledger.append([entry(4)]), `byte ${at}`).rejects.toMatchObject({
        name: 'LedgerCorruptError',
        offset,
      })
      await ledger.close()
      expect(await readFile(path)).toEqual(wrong)
    }
  })

  for (const [what, order] of [
    ['is missing', [1, 3]],
    ['is there twice', [1, 1, 2]],
    ['has changed places', [2, 1]],
  ] as const)
    test(`stops where a whole line ${what}`, async ({ folder }) => {
      const path = join(folder, 'ledger.jsonl')
      await writeFile(path, headerLine + order.map((seq) => encodeLines(seq, [JSON.stringify(entry(seq))])).join(''))
      await expect(readAll(fileLedger(path))).rejects.toThrow(LedgerCorruptError)
      await expect(readAll(fileLedger(path))).rejects.toThrow(/entry \d stands where entry \d is due/)
    })

  test('never touches a file that is no ledger', async ({ folder }) => {
    const path = join(folder, 'package.json')
    for (const text of ['{"name": "x"}', '{"name": "x"}\n', 'x'.repeat(5000)]) {
      await writeFile(path, text)
      const ledger = fileLedger(path)
      await expect(readAll(ledger)).rejects.toMatchObject({
        name: 'LedgerCorruptError',
        offset: 0,
        message: expect.stringMatching(/is corrupt at byte 0: (it is no ledger|its first line is not the header)/),
      })
      await expect(ledger.append([entry(1)])).rejects.toMatchObject({ name: 'LedgerCorruptError', offset: 0 })
      await ledger.close()
      expect(await readFile(path, 'utf8')).toBe(text)
    }
  })

  test('says which format it does not know', async ({ folder }) => {
    const path = join(folder, 'ledger.jsonl')
    const body = '"format":"cleardown-ledger/2"}'
    const crc = crc32c(Buffer.from(body)).toString(16).padStart(8, '0')
    await writeFile(path, `{"crc":"${crc}",${body}\n`)
    await expect(readAll(fileLedger(path))).rejects.toMatchObject({
      code: 'ledger-format',
      message: expect.stringMatching(/has the format "cleardown-ledger\/2"; this version reads and writes "[^"]+\/1"$/),
    })
    await expect(fileLedger(path).append([entry(1)])).rejects.toThrow(MisuseError)
  })

  test('reads what another one has appended, and appends behind it', async ({ folder }) => {
    const path = join(folder, 'ledger.jsonl')
    const [a, b] = [fileLedger(path), fileLedger(path)]
    expect(await a.append([entry(1)])).toBe(1)
    expect(await b.append([entry(2)])).toBe(2)
    expect(await a.append([entry(3)])).toBe(3)
    for (const ledger of [a, b]) expect(await readAll(ledger)).toEqual(entries(1, 3))
    await Promise.all([a.close(), b.close()])
  })

  test('reads while it is appended to: always the beginning of what there is', async ({ folder }) => {
    const path = join(folder, 'ledger.jsonl')
    const [writer, reader] = [fileLedger(path), fileLedger(path)]
    let acknowledged = 0
    const writing = (async () => {
      for (let number = 1; number <= 200; number++) acknowledged = await writer.append([entry(number)])
    })()
    while (acknowledged < 200) {
      const before = acknowledged
      const seen = await readAll(reader)
      expect(seen.length).toBeGreaterThanOrEqual(before)
      expect(seen).toEqual(entries(1, seen.length))
    }
    await writing
    await Promise.all([writer.close(), reader.close()])
  })

  test('keeps lines of many megabytes', async ({ folder }) => {
    const ledger = fileLedger(join(folder, 'ledger.jsonl'))
    const large = {
      ...entry(1),
      parents: Array.from({ length: 300_000 }, (_, index) => `subnet-${index}`),
    } as LedgerEntry
    await ledger.append([large, entry(2)])
    expect(await readAll(ledger)).toEqual([large, entry(2)])
    await ledger.close()
  })

  test('takes nothing more when its file was removed, replaced or shortened', async ({ folder }) => {
    const path = join(folder, 'ledger.jsonl')
    const ledger = fileLedger(path)
    await ledger.append(entries(1, 3))
    const bytes = await readFile(path)
    await writeFile(path, bytes.subarray(0, bytes.length - 1))
    await expect(ledger.append([entry(4)])).rejects.toMatchObject({
      name: 'LedgerCorruptError',
      offset: bytes.length - 1,
      message: expect.stringContaining(`it has been cut, ${bytes.length} bytes were written`),
    })
    await writeFile(path, bytes)
    await rename(path, `${path}.old`)
    await expect(ledger.append([entry(4)])).rejects.toMatchObject({
      code: 'ledger-replaced',
      message: expect.stringContaining(`the ledger ${path} was removed or replaced since it was opened`),
    })
    await writeFile(path, bytes)
    await expect(ledger.append([entry(4)])).rejects.toThrow(MisuseError)
    await ledger.close()
  })

  test.runIf(existsSync('/dev/full'))('passes on that the disk is full, to each append', async ({ folder }) => {
    await symlink('/dev/full', join(folder, 'ledger.jsonl'))
    const ledger = fileLedger(join(folder, 'ledger.jsonl'))
    const both = await Promise.allSettled([ledger.append([entry(1)]), ledger.append([entry(2)])])
    expect(both).toMatchObject([{ reason: { code: 'ENOSPC' } }, { reason: { code: 'ENOSPC' } }])
    await expect(ledger.append([entry(3)])).rejects.toMatchObject({ code: 'ENOSPC' })
    await ledger.close()
  })

  test('keeps what it has, and nothing of an append for which there was only half the room', async ({ folder }) => {
    const path = join(folder, 'ledger.jsonl')
    const { bytes } = await threeEntries(path)
    const ledger = fileLedger(path)
    const handles = await fileHandles(path)
    vi.spyOn(handles, 'appendFile').mockImplementationOnce(async function (this: FileHandle, data) {
      await this.write((data as Buffer).subarray(0, 100))
      throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
    })
    await expect(ledger.append([entry(4)])).rejects.toMatchObject({ code: 'ENOSPC' })
    expect(await readFile(path)).toEqual(bytes)
    expect(await ledger.append([entry(4)])).toBe(4)
    expect(await readAll(ledger)).toEqual(entries(1, 4))
    await ledger.close()
  })

  test('acknowledges nothing before the sync, and takes nothing more after one that failed', async ({ folder }) => {
    const path = join(folder, 'ledger.jsonl')
    const ledger = fileLedger(path)
    await ledger.append([entry(1)])
    const handles = await fileHandles(path)
    vi.spyOn(handles, 'datasync').mockRejectedValueOnce(new Error('input/output error'))
    await expect(ledger.append([entry(2)])).rejects.toMatchObject({
      message: `the ledger ${path} could not be synced to disk; open it anew`,
      cause: { message: 'input/output error' },
    })
    await expect(ledger.append([entry(3)])).rejects.toThrow('could not be synced')
    await ledger.close()
  })

  test('syncs its folder when it is made, and not again', async ({ folder }) => {
    const ledger = fileLedger(join(folder, 'ledger.jsonl'))
    const sync = vi.spyOn(await fileHandles(folder), 'sync')
    await ledger.append([entry(1)])
    expect(sync).toHaveBeenCalledTimes(1)
    await ledger.append([entry(2)])
    expect(sync).toHaveBeenCalledTimes(1)
    await ledger.close()
  })

  test.runIf(existsSync('/proc/self/fd'))('holds no file open once it rests', async ({ folder }) => {
    const ledger = fileLedger(join(folder, 'ledger.jsonl'))
    const lease = await ledger.acquire('aws/1', 'run a')
    await ledger.append([entry(1)])
    expect(await readAll(ledger)).toEqual([entry(1)])
    if ('fence' in lease) await lease.release()
    await ledger.close()
    const open = await Promise.all(
      (await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')),
    )
    expect(open.filter((path) => path.startsWith(folder))).toEqual([])
  })

  test('leaves no lock behind', async ({ folder }) => {
    const path = join(folder, 'ledger.jsonl')
    await writeFile(path, 'no ledger')
    const ledger = fileLedger(path)
    await expect(ledger.append([entry(1)])).rejects.toThrow()
    await ledger.acquire('aws/1', 'run a')
    await ledger.close()
    expect((await readdir(folder)).toSorted()).toEqual(['ledger.jsonl', 'ledger.jsonl.leases'])
  })

  test('lets another one in, however busy it is', async ({ folder }) => {
    const path = join(folder, 'ledger.jsonl')
    const [busy, other] = [fileLedger(path), fileLedger(path)]
    let done = false
    const lanes = Array.from({ length: 20 }, async (_, lane) => {
      while (!done) await busy.append([entry(lane)])
    })
    for (let number = 1; number <= 3; number++) await other.append([entry(1_000 + number)])
    done = true
    await Promise.all(lanes)
    const own = (await readAll(other)).filter((one) => 'creation' in one && /-100\d$/.test(one.creation))
    expect(own).toEqual(entries(1_001, 1_003))
    await Promise.all([busy.close(), other.close()])
  })

  test('writes under a fence next to what has none', async ({ folder }) => {
    const ledger = fileLedger(join(folder, 'ledger.jsonl'))
    const lease = await ledger.acquire('aws/1', 'run a')
    const fence = 'fence' in lease ? lease.fence : 0
    const results = await Promise.allSettled([
      ledger.append([entry(1)]),
      ledger.append([entry(2)], fence + 1),
      ledger.append([entry(3)], fence),
    ])
    expect(results).toMatchObject([
      { value: 1 },
      { reason: { code: 'fenced', message: expect.stringContaining(`takes nothing under fence ${fence + 1}`) } },
      { value: 2 },
    ])
    await ledger.close()
  })

  test('says that it is closed, and which one', async ({ folder }) => {
    const path = join(folder, 'ledger.jsonl')
    const ledger = fileLedger(path)
    await ledger.close()
    const refusal = { code: 'ledger-closed', message: `the ledger ${path} is closed` }
    await expect(ledger.append([entry(1)])).rejects.toMatchObject(refusal)
    await expect(readAll(ledger)).rejects.toMatchObject(refusal)
  })

  test('rejects a lease time that is none', () => {
    expect(() => fileLedger('ledger.jsonl', { leaseMs: 0 })).toThrow(MisuseError)
    expect(() => fileLedger('ledger.jsonl', { leaseMs: 0 })).toThrow('leaseMs is 0; a lease needs a time above 0')
  })
})
