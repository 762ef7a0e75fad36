import { type Adapter, type Io, MisuseError, RefusedError, type Session } from '@cleardown/core'
import { type OpenStack, openstack } from '@cleardown/openstack'
import { options } from './options.ts'

export interface Cloud {
  readonly adapter: Adapter
  readonly session: Session<OpenStack>
  /** For questions of our own: each request is sent once, straight away. */
  readonly io: Io<OpenStack>
}

/** Logs in, by clouds.yaml and the `OS_*` variables. Ends the process with 3 where nothing may be touched: another project, no such cloud. */
export async function connect(): Promise<Cloud> {
  const { cloud, project } = options
  const { signal } = new AbortController()
  const io: Omit<Io<void>, 'client' | 'place'> = { signal, now: Date.now, request: (_, send) => send(signal) }
  try {
    const adapter = openstack({
      ...(cloud === undefined ? {} : { cloud }),
      ...(project === undefined ? {} : { expectedProject: project }),
    })
    const session: Session<OpenStack> = await adapter.connect(io)
    return { adapter, session, io: { ...io, client: session.client, place: session.identity.places[0] ?? '' } }
  } catch (error) {
    if (!(error instanceof MisuseError || error instanceof RefusedError)) throw error
    console.error(error.message)
    process.exit(3)
  }
}
