import { readFileSync } from 'node:fs'
import { defineConfig } from 'tsup'

// Serves every package (the working directory is the package's). The exports map is the list of entries,
// so that what a package promises and what is built cannot drift apart.
interface Manifest {
  exports: Record<string, string | { '@cleardown/source': string; default: string }>
}
const manifest: Manifest = JSON.parse(readFileSync('package.json', 'utf8'))

const entry: Record<string, string> = {}
for (const target of Object.values(manifest.exports)) {
  if (typeof target === 'string') continue
  const output = target.default.replace(/^\.\/dist\/(.*)\.js$/, '$1')
  entry[output] = target['@cleardown/source']
}

export default defineConfig({
  entry,
  format: 'esm',
  platform: 'node',
  target: 'node22',
  sourcemap: true,
  clean: true,
  dts: false, // tsc writes the declarations
})
