// In a process of its own: imports one file of the sources and prints what was loaded with it, and what it tried besides.
import { subscribe } from 'node:diagnostics_channel'
import { registerHooks } from 'node:module'

export interface Loads {
  /** URLs, without Node's own modules. */
  readonly files: readonly string[]
  /** Attempts to call somebody or to write a file: Node refuses them, the process has no permission. */
  readonly attempts: readonly string[]
}

const files: string[] = []
const attempts: string[] = []
registerHooks({
  load(url, context, next) {
    if (!url.startsWith('node:')) files.push(url)
    return next(url, context)
  },
})
for (const channel of ['node:permission-model:net', 'node:permission-model:fs'])
  subscribe(channel, (message) => attempts.push((message as { readonly permission: string }).permission))

await import(process.argv[2] as string)
await new Promise((resolve) => setImmediate(resolve)) // what it may have begun
const loads: Loads = { files, attempts }
console.log(JSON.stringify(loads))
