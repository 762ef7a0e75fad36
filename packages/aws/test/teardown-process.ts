// One teardown in a process of its own, to be killed: node teardown-process.ts <endpoint> <ledger>.
import { executeTeardown, fileLedger, planTeardown } from '@cleardown/core'
import { adaptersAt, o07Policy, o07Target } from './on-the-bed.ts'

const [endpoint = '', path = ''] = process.argv.slice(2)
const adapters = adaptersAt(endpoint)
const ledger = fileLedger(path)
const plan = await planTeardown({ adapters, target: o07Target, policy: o07Policy, ledger })
await executeTeardown(plan, { adapters, ledger }).report
