import { MisuseError } from '../model/errors.ts'
import type { Adapter, Session } from './kind.ts'

/** What core relies on before it asks an adapter for anything. Throws a `MisuseError` that names adapter, kind and field: a bug of the adapter. */
export function checkSession(adapter: Adapter, session: Session): void {
  const bad = (what: string): never => {
    throw new MisuseError('bad-adapter', `adapter ${adapter.name} ${what}`)
  }
  const { identity, kinds, ownership, failure } = session
  if (typeof identity?.account !== 'string' || identity.account === '')
    bad(`connected without identity.account; it is ${JSON.stringify(identity?.account)}`)
  if (!Array.isArray(identity.places) || identity.places.length === 0) bad('connected without identity.places')
  if (!Array.isArray(kinds)) bad('connected without a list of kinds')
  if (!Array.isArray(ownership)) bad('connected without a list of ownership rules')
  if (typeof failure !== 'function') bad('connected without failure()')
  const names = new Set<string>()
  for (const kind of kinds) {
    const { name, service, uses, find, latency } = kind
    if (typeof name !== 'string' || !name.includes(':'))
      bad(`has a kind named ${JSON.stringify(name)}; a name is provider:kind`)
    if (names.has(name)) bad(`has two kinds named ${name}`)
    names.add(name)
    if (typeof service !== 'string' || service === '') bad(`says no service for ${name}`)
    if (!Array.isArray(uses)) bad(`says not what ${name} uses`)
    if (typeof find?.all !== 'function' || typeof kind.facts !== 'function')
      bad(`has no find.all or no facts for ${name}`)
    if (
      !(latency?.typicalMs >= 0) ||
      !(latency.worstMs >= latency.typicalMs) ||
      latency.worstMs === Number.POSITIVE_INFINITY
    )
      bad(`gives ${name} the latency ${JSON.stringify(latency)}; 0 ≤ typicalMs ≤ worstMs`)
  }
}
