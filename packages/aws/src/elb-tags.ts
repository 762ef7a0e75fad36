import type { Tag } from '@aws-sdk/client-elastic-load-balancing-v2'
import type { Io } from '@cleardown/core'
import { slices } from './aws-kind.ts'
import { type Aws, send } from './client.ts'

/** ELB API Reference, DescribeTags: up to 20 in one question. */
const atOnce = 20

/** Listings of load balancing have no tags. What is gone meanwhile fails a whole question, so such a batch is asked one by one. */
export async function elbTags<R extends object>(
  io: Io<Aws>,
  found: readonly R[],
  arnOf: (raw: R) => string,
): Promise<(R & { tags: readonly Tag[] })[]> {
  const batches = await Promise.all([...slices(found, atOnce)].map((some) => tagsOf(io, some.map(arnOf))))
  const tags = new Map(batches.flat())
  return found.map((raw) => ({ ...raw, tags: tags.get(arnOf(raw)) ?? [] }))
}

async function tagsOf(io: Io<Aws>, arns: readonly string[]): Promise<(readonly [string, readonly Tag[]])[]> {
  try {
    const { TagDescriptions } = await send(io, 'elbv2', 'DescribeTags', { ResourceArns: [...arns] })
    return (TagDescriptions ?? []).map(({ ResourceArn, Tags }) => [ResourceArn ?? '', Tags ?? []] as const)
  } catch (error) {
    if (!(error instanceof Error && /NotFound/.test(error.name))) throw error
    if (arns.length <= 1) return []
    return (await Promise.all(arns.map((arn) => tagsOf(io, [arn])))).flat()
  }
}
