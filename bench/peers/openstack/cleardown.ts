import { join } from 'node:path'
import { executeTeardown, exitCodes, fileLedger, planTeardown } from '@cleardown/core'
import { openstack } from '@cleardown/openstack'
import type { Task } from './tool.ts'

export async function cleardown({ bed, client, job, folder }: Task): Promise<number> {
  const { user, password, project } = client.account
  const adapters = [
    openstack({
      auth: {
        auth_url: bed.authUrl,
        username: user,
        password,
        project_name: project,
        user_domain_id: 'default',
        project_domain_id: 'default',
      },
      expectedProject: project,
    }),
  ]
  const ledger = fileLedger(join(folder, `${job.run}.jsonl`))
  const plan = await planTeardown({ adapters, target: job, ledger })
  const report = await executeTeardown(plan, { adapters, ledger, settleMs: 1_000 }).report
  return exitCodes[report.outcome]
}
