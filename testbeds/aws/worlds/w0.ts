// W0: W1 without the endpoint service in front of a load balancer.
import type { AwsBed } from '../start.ts'
import { type EksctlEnvironment, makeEksctlEnvironment } from './eksctl-environment.ts'
import { type StageOptions, stageWorld, type World } from './world.ts'

export function stageW0(bed: AwsBed, options: StageOptions = {}): Promise<World<EksctlEnvironment>> {
  return stageWorld('W0', bed, options, async ({ aws, claim }) => {
    const environment = await makeEksctlEnvironment(aws, 'test-1', { endpointService: false })
    await claim('ours')
    return environment
  })
}
