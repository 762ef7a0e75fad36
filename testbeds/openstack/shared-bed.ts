// The bed that vitest-setup.ts started, as test files see it.
import { inject } from 'vitest'
import { type BedControl, connectOpenStackBed } from './control.ts'
import type {} from './vitest-setup.ts'

/** For test files of a project with `globalSetup: '…/testbeds/openstack/vitest-setup.ts'`. */
export function sharedOpenStackBed(): Promise<BedControl> {
  return connectOpenStackBed(inject('openstackBed'))
}
