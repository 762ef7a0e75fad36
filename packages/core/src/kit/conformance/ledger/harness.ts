import type { Ledger } from '../../../ledger/ledger.ts'
import type { VirtualContext } from '../../testing/virtual-context.ts'
import type { Skips } from '../case.ts'

/** What the author of a ledger writes for `ledgerConformance`. */
export interface LedgerHarness {
  /** A ledger that nobody has used, on the time of `context`. Before each case. Work outside of files (a socket) holds that time by `context.holding`. */
  setup(context: VirtualContext): LedgerBench | Promise<LedgerBench>
  /** After each case, when everything that was opened is closed. */
  teardown?(bench: LedgerBench): Promise<void>
  /** Case name → why this ledger cannot be asked that. A name that there is not is an error. */
  readonly skip?: Skips
}

export interface LedgerBench {
  /** How long a lease holds without being renewed. */
  readonly leaseMs: number
  /** Opens it; the second time as another process would while the first one still has it. */
  open(): Ledger
}

/** What a case gets. */
interface LedgerStage extends LedgerBench {
  readonly context: VirtualContext
}

export interface LedgerCase {
  readonly name: string
  check(stage: LedgerStage): Promise<void>
}
