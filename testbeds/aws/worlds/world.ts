// What a staged world is, and how it learns whose each thing is.
import { type AwsClients, awsClients } from '../clients.ts'
import type { Delay, DelayName } from '../control.ts'
import type { Owner, Ownership } from '../judge.ts'
import { snapshot } from '../oracle.ts'
import type { AwsBed } from '../start.ts'

/** The image of every staged machine; moto knows it: an Amazon Linux. */
export const IMAGE = 'ami-760aaa0f'

/** A staged world. `names` are the ids of the parts that its story speaks of. */
export interface World<Names = Record<string, string>> extends Ownership {
  world: string
  names: Names
}

export interface StageOptions {
  /** Delays of the world; the bed's own where nothing is said. */
  delays?: Partial<Record<DelayName, Delay>>
}

/** Whoever is building: its clients, and `claim`, which gives what appeared since the last claim to an owner. */
export interface Stage {
  bed: AwsBed
  aws: AwsClients
  claim(owner: Owner): Promise<void>
}

/** Empties the bed, runs the steps of a world, and hands back who owns what. The journal starts after it. */
export async function stageWorld<Names>(
  world: string,
  bed: AwsBed,
  options: StageOptions,
  steps: (stage: Stage) => Promise<Names>,
): Promise<World<Names>> {
  await bed.reset()
  for (const name of STAGING_DELAYS) await bed.setDelay(name, { seconds: 0 })
  const owners: Ownership['owners'] = {}
  const stage: Stage = {
    bed,
    aws: awsClients(bed.endpoint),
    async claim(owner) {
      await bed.settle()
      for (const key of (await snapshot(bed)).keys()) owners[key] ??= owner
    },
  }
  await stage.claim('account')
  const names = await steps(stage)
  await bed.settle()
  const before = await snapshot(bed)
  const unclaimed = [...before.keys()].filter((key) => !(key in owners))
  if (unclaimed.length > 0) throw new Error(`World ${world} leaves things without an owner: ${unclaimed.join(', ')}`)
  for (const key of Object.keys(owners)) if (!before.has(key)) delete owners[key] // went while it was staged
  for (const [name, delay] of Object.entries({ ...WORLD_DELAYS, ...options.delays })) {
    await bed.setDelay(name as DelayName, delay)
  }
  await bed.clearJournal()
  return { world, names, owners, before: Object.fromEntries(before) }
}

/** Short enough for a test, long enough that whoever does not wait runs into them. */
export const WORLD_DELAYS: Record<DelayName, Delay> = {
  'autoscaling-group': { seconds: 0.5 },
  'eks-addon': { seconds: 0.5 },
  'eks-cluster': { seconds: 1 },
  'eks-fargate': { seconds: 1 },
  'eks-nodegroup': { seconds: 1 },
  'elb-eni': { seconds: 1 },
  'elbv2-eni': { seconds: 1 },
  instance: { seconds: 0.5 },
  nat: { seconds: 1 },
  'stack-patience': { seconds: 3 },
  'tgw-attachment': { seconds: 0.5 },
  vpce: { seconds: 0.5 },
}
const STAGING_DELAYS = Object.keys(WORLD_DELAYS) as DelayName[]
