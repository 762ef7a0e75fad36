import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import type { Loads } from './what-loads.ts'

const sources = join(import.meta.dirname, '../src')

async function loadsOf(entry: string): Promise<Loads> {
  const args = ['--permission', '--allow-fs-read=*', join(import.meta.dirname, 'what-loads.ts'), join(sources, entry)]
  const { stdout } = await promisify(execFile)(process.execPath, args)
  return JSON.parse(stdout) as Loads
}

const isOwn = (url: string): boolean => url.startsWith(new URL(`file://${sources}/`).href)

describe('importing', () => {
  test('core loads no other package, calls nobody and writes no file', async () => {
    const { files, attempts } = await loadsOf('index.ts')
    expect(files.filter((url) => !isOwn(url))).toEqual([])
    expect(files).toContain(new URL(`file://${sources}/plan-teardown.ts`).href)
    expect(attempts).toEqual([])
  })

  test('its drawing part loads graphlib and nothing else', async () => {
    const { files, attempts } = await loadsOf('render/index.ts')
    const others = files.filter((url) => !isOwn(url))
    expect(others).toEqual([expect.stringContaining('/@dagrejs/graphlib/')])
    expect(attempts).toEqual([])
  })
})
