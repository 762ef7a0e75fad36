import { expect, test } from 'vitest'
import { elasticIp } from '../src/kinds/elastic-ip.ts'
import { volume } from '../src/kinds/volume.ts'
import { fixture } from './support.ts'

const [address] = fixture('aws:elastic-ip')
const [attached] = fixture('aws:volume')

test('an address that nothing is associated with costs, one of a service is the service’s affair', () => {
  const { AssociationId, ...free } = address as Record<string, unknown>
  expect(AssociationId).toBeDefined()
  expect(elasticIp.facts(address as never).idle).toBeUndefined()
  expect(elasticIp.facts(free as never).idle).toBe('leads nowhere')
  expect(elasticIp.facts({ ...free, ServiceManaged: 'alb' } as never).idle).toBeUndefined()
})

test('a volume that is attached to nothing costs, one that is just being made or deleted does not count', () => {
  expect(volume.facts(attached as never).idle).toBeUndefined()
  const idle = (State: string): string | undefined =>
    volume.facts({ ...(attached as object), State, Attachments: [] } as never).idle
  expect(['available', 'creating', 'deleting', 'error'].map(idle)).toEqual([
    'attached to nothing',
    undefined,
    undefined,
    undefined,
  ])
})
