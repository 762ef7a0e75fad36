// Vitest's global setup: one bed for all files of all projects that name it, however many projects those are.
import type { TestProject } from 'vitest/node'
import { type OpenStackBed, startOpenStackBed } from './start.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Control address of the shared bed. */
    openstackBed: string
  }
}

interface Shared {
  bed: Promise<OpenStackBed>
  users: number
}

/** Each project loads this module for itself; what they share is the process. */
const place = globalThis as { cleardownOpenStackBed?: Shared | undefined }

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  place.cleardownOpenStackBed ??= { bed: startOpenStackBed(), users: 0 }
  const shared = place.cleardownOpenStackBed
  shared.users += 1
  const bed = await shared.bed
  project.provide('openstackBed', bed.control)
  return async () => {
    shared.users -= 1
    if (shared.users > 0) return
    place.cleardownOpenStackBed = undefined
    await bed.close()
  }
}
