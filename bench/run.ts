// pnpm bench [name …]: runs the named measurements, or all, and prints tables. Seconds depend on the machine; counts and ratios do not.
import { parseArgs } from 'node:util'

const benches: Readonly<Record<string, (options: Options) => Promise<void>>> = {
  'plan-scale': async () => (await import('./plan-scale.ts')).planScale(),
  schedule: async () => (await import('./schedule.ts')).schedule(),
  ledger: async () => (await import('./ledger.ts')).ledger(),
  import: async () => (await import('./import.ts')).imports(),
  'aws-worlds': async (options) => (await import('./aws-worlds.ts')).awsWorlds(options),
  'peers-openstack': async (options) => (await import('./peers/openstack/side-by-side.ts')).sideBySide(options),
}

interface Options {
  readonly delays: string
  readonly worlds: readonly string[]
}

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    delays: { type: 'string', default: 'short' },
    world: { type: 'string', multiple: true, default: [] },
    help: { type: 'boolean', short: 'h', default: false },
  },
})

const unknown = positionals.filter((name) => !Object.hasOwn(benches, name))
if (values.help || unknown.length > 0) {
  if (unknown.length > 0) console.error(`There is no bench ${unknown.join(', ')}.`)
  console.log(`pnpm bench [name …]

names    ${Object.keys(benches).join(', ')}; default: all
--world  aws-worlds, peers-openstack: only this world; may be given several times
--delays aws-worlds: short (those of the tests, default) or peers (those under which other tools were measured)`)
  process.exitCode = unknown.length > 0 ? 1 : 0
} else {
  for (const [name, bench] of Object.entries(benches))
    if (positionals.length === 0 || positionals.includes(name))
      await bench({ delays: values.delays, worlds: values.world })
}
