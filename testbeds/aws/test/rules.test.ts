// Every rule of the bed has a probe, and every probe fails without its rule.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { awsClients } from '../clients.ts'
import { readmeWith } from '../readme.ts'
import { startAwsBed } from '../start.ts'
import { Bench } from './bench.ts'
import { addressProbes } from './probes/addresses.ts'
import { balancerProbes } from './probes/balancers.ts'
import { clusterProbes } from './probes/clusters.ts'
import { endpointProbes } from './probes/endpoints.ts'
import { gatewayProbes } from './probes/gateways.ts'
import { groupProbes } from './probes/groups.ts'
import { machineProbes } from './probes/machines.ts'
import { readProbes } from './probes/reads.ts'
import { serviceProbes } from './probes/services.ts'
import { stackProbes } from './probes/stacks.ts'
import { vpcProbes } from './probes/vpc.ts'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

const suites = {
  VPC: vpcProbes,
  'security groups': groupProbes,
  addresses: addressProbes,
  gateways: gatewayProbes,
  endpoints: endpointProbes,
  machines: machineProbes,
  'load balancers': balancerProbes,
  clusters: clusterProbes,
  stacks: stackProbes,
  'other services': serviceProbes,
  reads: readProbes,
}
const probes = Object.values(suites).flat()
const bed = await startAwsBed()
const bench = new Bench(bed, awsClients(bed.endpoint))

beforeAll(() => bench.freezeTime())
afterAll(() => bed.stop())

for (const [title, list] of Object.entries(suites)) {
  describe(title, () => {
    it.each(list)('$fact', async ({ rule, observe, seen, seenWithout }) => {
      await bed.options({ off: [], vpcs: 1000 })
      expect(await observe(bench)).toEqual(seen)
      if (rule === 'moto') return
      expect(seenWithout, 'a rule makes a difference').not.toEqual(seen)
      await bed.options({ off: [rule] })
      expect(await observe(bench), `without ${rule}`).toEqual(seenWithout)
    })
  })
}

it('has a probe for every rule', async () => {
  const known = (await bed.rules()).map(({ name }) => name)
  expect(known.filter((name) => probes.every(({ rule }) => rule !== name))).toEqual([])
})

it('knows the rule of every probe', async () => {
  const known = new Set(['moto', ...(await bed.rules()).map(({ name }) => name)])
  expect(probes.filter(({ rule }) => !known.has(rule)).map(({ rule }) => rule)).toEqual([])
})

it('names a source for every rule', async () => {
  expect((await bed.rules()).filter(({ source }) => source.length < 10)).toEqual([])
})

it('lists the rules in the README', async () => {
  const { present, wanted } = await readmeWith(await bed.rules())
  const text = (markdown: string): string =>
    markdown
      .replaceAll(/ *\| */g, '|')
      .replaceAll(/ +/g, ' ')
      .replaceAll(/-{3,}/g, '---') // tables get aligned
  expect(text(present)).toBe(text(wanted))
})
