import type { Io } from '@cleardown/core'
import type { OpenStack } from './client.ts'
import { kubeTags } from './kube-service.ts'
import { type Collection, marksOf, type Row, rowsOf } from './openstack-kind.ts'

/** A part of something, with what its own row does not say. */
export type Apart<R> = R & {
  /** It carries a mark that its holder lacks: somebody else's, or ours in what another holds. It then goes before the holder, and without it. */
  readonly apart?: boolean
}

/** Only these say whose a thing is; other tags are anybody's. */
const says = /^(cleardown\.|kube_service\/)/

function marked(row: Row): string[] {
  const tags = { ...marksOf(row).tags, ...kubeTags(row) }
  return Object.entries(tags)
    .filter(([key]) => says.test(key))
    .map((one) => one.join('='))
}

/** The rows of a listing, each beside its holder's, which are listed for it. */
export async function* beside<R extends Row, H extends Row>(
  io: Io<OpenStack>,
  parts: Collection<R>,
  holders: Collection<H>,
  holderOf: (part: R) => string | undefined,
): AsyncGenerator<Apart<R>, void, undefined> {
  const [found, held] = await Promise.all([Array.fromAsync(rowsOf(io, parts)), Array.fromAsync(rowsOf(io, holders))])
  const marksBy = new Map(held.map((one) => [one.id, new Set(marked(one))]))
  for (const part of found) {
    const known = marksBy.get(holderOf(part) ?? '')
    yield { ...part, apart: marked(part).some((mark) => !known?.has(mark)) }
  }
}
