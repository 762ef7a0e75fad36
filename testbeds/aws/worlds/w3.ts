// W3: W1, and a neighbour built the same way whose name begins like ours.
import type { AwsBed } from '../start.ts'
import { type EksctlEnvironment, makeEksctlEnvironment } from './eksctl-environment.ts'
import { type StageOptions, stageWorld, type World } from './world.ts'

export function stageW3(
  bed: AwsBed,
  options: StageOptions = {},
): Promise<World<EksctlEnvironment & { neighbour: EksctlEnvironment }>> {
  return stageWorld('W3', bed, options, async ({ aws, claim }) => {
    const environment = await makeEksctlEnvironment(aws, 'test-1', { endpointService: true })
    await claim('ours')
    const neighbour = await makeEksctlEnvironment(aws, 'test-10', { endpointService: true })
    await claim('neighbour')
    return { ...environment, neighbour }
  })
}
