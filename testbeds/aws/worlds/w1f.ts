// W1f: W1, and somebody else's machine, untagged, in our private subnet.
import type { AwsBed } from '../start.ts'
import { type EksctlEnvironment, makeEksctlEnvironment } from './eksctl-environment.ts'
import { makeGroup, makeInstance } from './making.ts'
import { type StageOptions, stageWorld, type World } from './world.ts'

export interface ForeignMachine {
  foreignGroup: string
  foreignInstance: string
}

export function stageW1f(bed: AwsBed, options: StageOptions = {}): Promise<World<EksctlEnvironment & ForeignMachine>> {
  return stageWorld('W1f', bed, options, async ({ aws, claim }) => {
    const environment = await makeEksctlEnvironment(aws, 'test-1', { endpointService: true })
    await claim('ours')
    const foreignGroup = await makeGroup(aws, environment.vpc, 'legacy-db')
    const foreignInstance = await makeInstance(aws, environment.privateSubnet, [foreignGroup])
    await claim('foreign')
    return { ...environment, foreignGroup, foreignInstance }
  })
}
