import type { Facts, Find, Io, Kind, KindName } from '@cleardown/core'
import { type Placed, slices, unlessGone } from './aws-kind.ts'
import { type Aws, pages, send } from './client.ts'
import type { Operation } from './services.ts'

/** Filters take at most 200 values (EC2 API Reference, Filter). */
const filterValues = 200

/** Rows on a page; EC2 answers everything at once where none is asked for, and some calls allow fewer. */
const pageSizes: Readonly<Record<string, number | undefined>> = {
  DescribeAddresses: undefined, // has no pages
  DescribeLaunchTemplates: 200,
  DescribeRouteTables: 100,
  DescribeVolumes: 500,
}
const defaultPageSize = 1000

/** Rows of one EC2 listing; `Region` is put to each. */
export async function* ec2Rows<R>(
  io: Io<Aws>,
  op: Operation<'ec2'>,
  field: string,
  filters?: readonly object[],
): AsyncGenerator<R & Placed, void, undefined> {
  const size = op in pageSizes ? pageSizes[op] : defaultPageSize
  const input = {
    ...(size ? { MaxResults: size } : {}),
    ...(filters ? { [op === 'DescribeNatGateways' ? 'Filter' : 'Filters']: filters } : {}),
  }
  for await (const row of pages<R>(io, 'ec2', op, input, field)) yield { ...row, Region: io.place }
}

/** The rows that a filter lets through, for any number of values. */
export const ec2By = <R>(op: Operation<'ec2'>, field: string, filter: string): Find<Aws, R & Placed> =>
  async function* (io, values) {
    for (const some of slices(values, filterValues)) yield* ec2Rows<R>(io, op, field, [{ Name: filter, Values: some }])
  }

/** How one EC2 listing is asked. */
export interface Ec2Listing {
  readonly op: Operation<'ec2'>
  /** The field of the answer that has the rows. */
  readonly field: string
  /** The field of the question that takes ids. With it an absent id is an error, so only single reads use it. */
  readonly ids: string
  /** The filter for the same; absent where there is none. Filters just find less. */
  readonly filter?: string
  /** Filters by what is used. */
  readonly using?: { readonly [kind: KindName]: string }
}

/** Every EC2 listing has the same shape: all, by ids, by tag, by what is used, and one by its id. */
export function ec2Ways<R>(listing: Ec2Listing): Required<Pick<Kind<Aws, R & Placed>, 'find' | 'read'>> {
  const { op, field, ids, filter, using = {} } = listing
  async function* tagged(io: Io<Aws>, marks: readonly string[]): AsyncGenerator<R & Placed, void, undefined> {
    for (const mark of marks) {
      const { key, value } = splitMark(mark)
      yield* ec2Rows<R>(io, op, field, [{ Name: `tag:${key}`, Values: [value] }])
    }
  }
  return {
    find: {
      all: (io) => ec2Rows<R>(io, op, field),
      ...(filter ? { ids: ec2By<R>(op, field, filter) } : {}),
      tags: tagged,
      using: Object.fromEntries(Object.entries(using).map(([kind, name]) => [kind, ec2By<R>(op, field, name)])),
    },
    async read(io, id) {
      const answer = await unlessGone(io.client.send(io, 'ec2', op, { [ids]: [id] }))
      const row = (answer as Readonly<Record<string, readonly R[] | undefined>> | undefined)?.[field]?.[0]
      return row && { ...row, Region: io.place }
    },
  }
}

function splitMark(mark: string): { key: string; value: string } {
  const at = mark.indexOf('=')
  return at < 0 ? { key: mark, value: '' } : { key: mark.slice(0, at), value: mark.slice(at + 1) }
}

/** Takes exactly this mark off: with the value, so that another's value under the same key stays. */
export async function unmarkEc2(io: Io<Aws>, it: Pick<Facts, 'id'>, mark: string): Promise<void> {
  const { key, value } = splitMark(mark)
  await send(io, 'ec2', 'DeleteTags', { Resources: [it.id], Tags: [{ Key: key, Value: value }] })
}
