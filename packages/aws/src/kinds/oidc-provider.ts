import type { OpenIDConnectProviderListEntry, Tag } from '@aws-sdk/client-iam'
import type { Evidence, Io } from '@cleardown/core'
import { type AwsKind, awsKind, cli, createdAt, marksOf, type Sure, unlessGone } from '../aws-kind.ts'
import { type Aws, pages, send } from '../client.ts'

type Raw = Sure<OpenIDConnectProviderListEntry, 'Arn'> & {
  readonly tags?: readonly Tag[]
  readonly made?: Date | undefined
}

/** Host and path of the issuer. */
const issuerOf = (arn: string): string => arn.slice(arn.indexOf(':oidc-provider/') + ':oidc-provider/'.length)

async function readProvider(io: Io<Aws>, arn: string): Promise<Raw | undefined> {
  const answer = await unlessGone(send(io, 'iam', 'GetOpenIDConnectProvider', { OpenIDConnectProviderArn: arn }))
  return answer && { Arn: arn, tags: answer.Tags ?? [], made: answer.CreateDate }
}

export const oidcProvider: AwsKind = awsKind({
  name: 'aws:oidc-provider',
  service: 'iam',
  place: 'global',
  uses: [],
  find: { all: (io) => pages<Raw>(io, 'iam', 'ListOpenIDConnectProviders', {}, 'OpenIDConnectProviderList') },
  /** An account has at most a hundred, and the listing knows no more than their names. */
  labels: (io, found) => Promise.all(found.map(async (raw) => (await readProvider(io, raw.Arn)) ?? raw)),
  read: readProvider,
  facts: (raw) => {
    const marks = marksOf(raw.tags)
    const issuer = issuerOf(raw.Arn)
    // EKS gives every cluster an issuer of its own; nothing else can use a provider for it.
    const ofCluster: Evidence = {
      rule: 'issuer-of-cluster',
      says: 'ours',
      strength: 'proof',
      field: 'Arn',
      value: issuer,
      through: { alias: `https://${issuer}` },
    }
    return {
      id: raw.Arn,
      ...marks,
      aliases: [raw.Arn, issuer],
      evidence: [...(marks.evidence ?? []), ...(issuer.startsWith('oidc.eks.') ? [ofCluster] : [])],
      incarnation: raw.Arn,
      phase: 'steady',
      state: 'available',
      ...createdAt(raw.made),
      relations: [],
      data: { issuer },
    }
  },
  async remove(io, it) {
    await send(io, 'iam', 'DeleteOpenIDConnectProvider', { OpenIDConnectProviderArn: it.id })
  },
  manual: (it) => cli('iam', 'delete-open-id-connect-provider', { 'open-id-connect-provider-arn': it.id }),
  latency: { typicalMs: 1_000, worstMs: 30_000 }, // at once
})
