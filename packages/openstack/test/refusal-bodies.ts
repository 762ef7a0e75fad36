import type { Refusal } from '../src/refusals.ts'

export { refusals } from '../src/refusals.ts'

/** The words of a row in its service's own shape. */
export function bodyOf({ service, status, says: [type, message] }: Refusal): unknown {
  if (type === 'text') return `<html><body>${message}</body></html>`
  if (service === 'network' || type === 'NetworkNotFound') return { NeutronError: { type, message, detail: '' } }
  if (service === 'load-balancer' || type === 'Client')
    return { faultcode: type, faultstring: message, debuginfo: null }
  if (service === 'image') return { message, code: `${status} ${type}`, title: type }
  if (type === 'Unauthorized') return { error: { code: status, message, title: type } }
  return { [type]: { code: status, message } }
}

/** An address for which the row speaks. */
export const pathOf = ({ path }: Refusal): string =>
  ['/ports/1', '/servers/1', '/shares/1'].find((one) => path?.test(one) ?? true) ?? '/things/1'
