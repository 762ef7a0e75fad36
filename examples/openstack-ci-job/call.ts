// One call with the client of the adapter, for images without the `openstack` command: `node call.ts POST network /networks JSON`.
// Prints the id of what was made, when it can be used.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Service } from '@cleardown/openstack'
import { connect } from './cloud.ts'
import { words } from './options.ts'

const ready: Readonly<Record<string, string>> = { server: 'ACTIVE', volume: 'available' }
const pollMs = 500

interface Made {
  readonly id?: string
  readonly name?: string
  readonly status?: string
}
type Answer = Readonly<Record<string, Made>>

const [method, service, path = '', body = '{}'] = words as ['POST' | 'PUT', Service, string?, string?]
const { io } = await connect()
const answer = await io.client.send<Made & Answer>(io, service, method, path, { body: JSON.parse(body) as unknown })
// mostly { server: { … } }
const [field = '', made] = answer.id === undefined ? (Object.entries(answer as Answer)[0] ?? []) : ['', answer]
for (const wanted = ready[field]; wanted !== undefined; await sleep(pollMs)) {
  const { status } = (await io.client.get<Answer>(io, service, `${path}/${made?.id}`))[field] ?? {}
  if (status === wanted) break
  if (status === undefined || /error/i.test(status)) throw new Error(`${field} ${made?.id} is ${status}, not ${wanted}`)
}
console.log(made?.id ?? made?.name)
