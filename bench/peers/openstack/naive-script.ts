// The order and the habits of a clean-up script that many CI projects have, told anew from
// https://github.com/kubernetes-sigs/kubespray/issues/11263 and 8211, 10133, 11505: kind by kind, by age, waiting for nothing; the first conflict
// ends the loop in which it happens and starts a handler, the second ends the script. It has no idea of a job.
import { type Client, type Json, type ServiceName, signIn } from '@cleardown/testbed-openstack'
import type { Task } from './tool.ts'

class Refused extends Error {
  readonly status: number
  constructor(what: string, status: number) {
    super(`${what}: ${status}`)
    this.status = status
  }
}

export async function naiveScript({ bed, client: { account }, madeUntil = new Date() }: Task): Promise<number> {
  const client = await signIn(bed.endpoints, account) // by the public addresses, so that the journal sees it
  try {
    await cleanUp(client, madeUntil.getTime())
    return 0
  } catch (error) {
    if (error instanceof Refused) return 1
    throw error
  }
}

async function cleanUp(client: Client, madeUntilMs: number): Promise<void> {
  const send = async (method: string, service: ServiceName, path: string, body?: Json): Promise<void> => {
    const { status } = await client.ask(method, service, path, { body })
    if (status >= 400 && status !== 404) throw new Refused(`${method} ${path}`, status)
  }
  const remove = (service: ServiceName, path: string): Promise<void> => send('DELETE', service, path)
  const list = async (service: ServiceName, path: string, field: string): Promise<Json[]> =>
    (await client.call('GET', service, path))[field]
  const isOld = ({ created_at: made, created = made }: Json): boolean =>
    Date.parse(created.endsWith('Z') ? created : `${created}Z`) <= madeUntilMs
  const inProject = async (path: string, field: string): Promise<Json[]> =>
    list('neutron', `${path}?project_id=${client.projectId}`, field)
  const oldOnes = async (path: string, field: string): Promise<Json[]> => (await inProject(path, field)).filter(isOld)

  const removePorts = async (): Promise<void> => {
    for (const { id } of await oldOnes('/ports', 'ports')) await remove('neutron', `/ports/${id}`)
  }
  const removeGroups = async (): Promise<void> => {
    for (const { id, name } of await oldOnes('/security-groups', 'security_groups'))
      if (name !== 'default') await remove('neutron', `/security-groups/${id}`)
  }
  const disconnectSubnets = async (): Promise<void> => {
    for (const subnet of await oldOnes('/subnets', 'subnets'))
      await remove('neutron', `/subnets/${subnet.id}`).catch(async () => {
        for (const router of await inProject('/routers', 'routers'))
          await send('PUT', 'neutron', `/routers/${router.id}/remove_router_interface`, {
            subnet_id: subnet.id,
          }).catch(() => {})
      })
  }

  for (const server of (await list('nova', '/servers/detail', 'servers')).filter(isOld))
    await remove('nova', `/servers/${server.id}`)
  await removePorts().catch(async (error: unknown) => {
    if (!isConflict(error)) throw error
    await disconnectSubnets()
    for (const { id } of await oldOnes('/floatingips', 'floatingips')) await remove('neutron', `/floatingips/${id}`)
    await removePorts()
  })
  await removeGroups().catch(async (error: unknown) => {
    if (!isConflict(error)) throw error
    await removePorts()
    await removeGroups()
  })
  for (const { id } of await oldOnes('/subnets', 'subnets')) await remove('neutron', `/subnets/${id}`)
  for (const { id } of await oldOnes('/networks', 'networks')) await remove('neutron', `/networks/${id}`)
  for (const { keypair } of await list('nova', '/os-keypairs', 'keypairs')) {
    const path = `/os-keypairs/${keypair.name}`
    if (isOld((await client.call('GET', 'nova', path)).keypair)) await remove('nova', path)
  }
}

const isConflict = (error: unknown): boolean => error instanceof Refused && error.status === 409
