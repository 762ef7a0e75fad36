// Writes down what a shell script creates, in two halves, each a process of its own:
//   creation=$(node record.ts open r-77 openstack:server "$network")
//   node record.ts close r-77 "$creation" "$server"
import { closeCreation, type KindName, openCreation } from '@cleardown/core'
import { ledgerOf, words } from './options.ts'

const [verb, run = '', what = '', ...more] = words
const ledger = ledgerOf(run)
if (verb === 'open') console.log(await openCreation(ledger, { kind: what as KindName, run, parents: more }))
else if (verb === 'close') await closeCreation(ledger, what, { id: more[0] ?? '' })
else throw new Error(`record.ts ${verb}: say "open RUN KIND [PARENT…]" or "close RUN CREATION ID"`)
