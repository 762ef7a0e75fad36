// Before a job: are we in the right project, are the services there, is there room, and what did earlier jobs leave?
//   node before.ts --project kubespray-ci
import { connect } from './cloud.ts'
import { findJobs } from './jobs.ts'

const services = ['compute', 'network', 'image', 'block-storage'] as const
/** What the job is about to make, in the words of the quotas. */
const needed: Readonly<Record<string, number>> = {
  'compute:instances': 2,
  'network:network': 1,
  'network:router': 1,
  'network:security_group': 2,
  'network:port': 5,
  'network:floatingip': 1,
  'block-storage:volumes': 1,
}

const { session, io } = await connect()
const problems: string[] = []
const { account, principal, places } = session.identity
console.log(`project ${account}, user ${principal}, region ${places.join()}`)

for (const service of services) {
  const answer = session.client.has(service, io.place)
    ? await session.client.version(io, service).then(String, (error: Error) => error)
    : new Error('it is not in the catalogue')
  console.log(`${service}: ${answer instanceof Error ? answer.message : answer}`)
  if (answer instanceof Error) problems.push(`the service ${service} is not there: ${answer.message}`)
}

// without the services there is nobody to ask
const canAsk = problems.length === 0
for (const { id, used, limit } of canAsk ? ((await session.quotas?.(io)) ?? []) : []) {
  const need = needed[id]
  if (need === undefined) continue
  console.log(`${id}: ${used} of ${limit} used, ${need} needed`)
  if (used + need > limit) problems.push(`no room for ${need} more of ${id}: ${used} of ${limit} are used`)
}

for (const { run, life, because, open } of canAsk ? await findJobs(io) : [])
  if (open) console.log(`job ${run}: ${because}; clean-up.ts ${life === 'over' ? 'removes it' : 'leaves it'}`)

for (const problem of problems) console.error(problem)
process.exitCode = problems.length === 0 ? 0 : 3
