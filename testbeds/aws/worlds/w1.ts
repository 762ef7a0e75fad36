// W1: an ordinary eksctl environment with ordinary leftovers. W0, W1f and W3 are variations of it.
import type { AwsBed } from '../start.ts'
import { type EksctlEnvironment, makeEksctlEnvironment } from './eksctl-environment.ts'
import { type StageOptions, stageWorld, type World } from './world.ts'

export function stageW1(bed: AwsBed, options: StageOptions = {}): Promise<World<EksctlEnvironment>> {
  return stageWorld('W1', bed, options, async ({ aws, claim }) => {
    const environment = await makeEksctlEnvironment(aws, 'test-1', { endpointService: true })
    await claim('ours')
    return environment
  })
}
