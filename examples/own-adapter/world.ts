import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { diskFile } from './disk.ts'

export const diskName = 'workbench'

/** What a build leaves behind: `ci-1`, and next door `ci-10`, which only looks like it. A path that ends with `/` is an empty folder; `→` makes a link. */
const tree = [
  'ci-1/src/main.c',
  'ci-1/src/__proto__',
  'ci-1/build/cache/a.o',
  'ci-1/build/cache/b.o',
  'ci-1/build/empty/',
  'ci-1/build/.lock',
  'ci-1/newest → build/cache/b.o',
  'ci-1/outside → /usr',
  'ci-10/src/main.c',
  'ci-10/main → src/main.c',
]

/** A disk in a temporary folder. Gives its root. */
export async function makeDisk(): Promise<string> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'own-adapter-')))
  await writeFile(join(root, diskFile), diskName)
  for (const line of tree) {
    const [path = '', target] = line.split(' → ')
    await mkdir(join(root, path.endsWith('/') ? path : dirname(path)), { recursive: true })
    if (target !== undefined) await symlink(target, join(root, path))
    else if (!path.endsWith('/')) await writeFile(join(root, path), `this is ${path}\n`)
  }
  return root
}

export const removeDisk = (root: string): Promise<void> => rm(root, { recursive: true, force: true })
