import type { BedControl, Client } from '@cleardown/testbed-openstack'
import type { Job } from './stage.ts'

export interface Task {
  readonly bed: BedControl
  /** Of whose project the job is. */
  readonly client: Client
  readonly job: Job
  /** What was made after it is younger than the age gate of tools that have one; without it there is no gate. */
  readonly madeUntil?: Date
  /** A folder for what a tool writes, kept from one run to the next. */
  readonly folder: string
}

/** Tears down; gives the exit code that a CI job sees. */
export type Tool = (task: Task) => Promise<number>
