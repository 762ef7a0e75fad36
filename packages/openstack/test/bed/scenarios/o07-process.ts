// One teardown in a process of its own, to be killed: node o07-process.ts <control> <project> <ledger>; the secret comes by the environment.
import { executeTeardown, fileLedger, planTeardown } from '@cleardown/core'
import { connectOpenStackBed } from '@cleardown/testbed-openstack'
import { openstack } from '../../../src/index.ts'

const [control = '', project = '', path = ''] = process.argv.slice(2)
const { authUrl } = await connectOpenStackBed(control)
const adapters = [
  openstack({
    auth: {
      auth_url: authUrl,
      application_credential_id: process.env['CREDENTIAL_ID'] ?? '',
      application_credential_secret: process.env['CREDENTIAL_SECRET'] ?? '',
    },
    expectedProject: project,
  }),
]
const ledger = fileLedger(path)
const plan = await planTeardown({ adapters, target: { run: 'r-77' }, ledger })
await executeTeardown(plan, { adapters, ledger }).report
