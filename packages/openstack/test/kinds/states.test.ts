import type { Phase } from '@cleardown/core'
import { describe, expect, test } from 'vitest'
import { factsOf, kindOf } from './fake.ts'

/** Every state word of a service, and where it stands. What stands in no row of a kind's own table is steady. */
const states: Readonly<Record<string, Readonly<Record<Phase, string>>>> = {
  server: {
    steady:
      'ACTIVE BUILD HARD_REBOOT MIGRATING PASSWORD PAUSED REBOOT REBUILD RESCUE RESIZE REVERT_RESIZE SHELVED SHELVED_OFFLOADED SHUTOFF SUSPENDED UNKNOWN VERIFY_RESIZE ERROR',
    changing: '',
    going: '',
    failed: '',
    stuck: 'SOFT_DELETED',
    gone: 'DELETED',
  },
  image: {
    steady: 'queued saving uploading importing active deactivated killed',
    changing: '',
    going: 'pending_delete',
    failed: '',
    stuck: '',
    gone: 'deleted',
  },
  volume: {
    steady: 'available in-use reserved awaiting-transfer error error_restoring error_extending error_managing',
    changing:
      'creating attaching detaching maintenance backing-up restoring-backup downloading uploading retyping extending managing unmanaging',
    going: 'deleting',
    failed: '',
    stuck: 'error_deleting error_backing-up error_unmanaging',
    gone: 'deleted',
  },
  snapshot: {
    steady: 'available error',
    changing: 'creating backing-up restoring unmanaging',
    going: 'deleting',
    failed: '',
    stuck: 'error_deleting',
    gone: 'deleted',
  },
  backup: {
    steady: 'available error',
    changing: 'creating restoring',
    going: 'deleting',
    failed: '',
    stuck: 'error_deleting',
    gone: 'deleted',
  },
  'volume-attachment': {
    steady: 'attached reserved error_attaching',
    changing: 'attaching',
    going: 'detaching',
    failed: 'error_detaching',
    stuck: '',
    gone: 'detached deleted',
  },
  'load-balancer': {
    steady: 'ACTIVE ERROR',
    changing: 'PENDING_CREATE PENDING_UPDATE',
    going: 'PENDING_DELETE',
    failed: '',
    stuck: '',
    gone: 'DELETED',
  },
  stack: {
    steady:
      'CREATE_IN_PROGRESS CREATE_FAILED CREATE_COMPLETE UPDATE_IN_PROGRESS UPDATE_FAILED UPDATE_COMPLETE ROLLBACK_IN_PROGRESS ROLLBACK_FAILED ROLLBACK_COMPLETE SUSPEND_COMPLETE RESUME_FAILED CHECK_COMPLETE ADOPT_FAILED SNAPSHOT_IN_PROGRESS RESTORE_FAILED',
    changing: '',
    going: 'DELETE_IN_PROGRESS',
    failed: 'DELETE_FAILED',
    stuck: '',
    gone: 'DELETE_COMPLETE',
  },
  share: {
    steady: 'available error inactive awaiting_transfer',
    changing:
      'creating creating_from_snapshot manage_starting unmanage_starting manage_error_unmanage_starting ensuring extending shrinking reverting migrating migrating_to replication_change server_migrating server_migrating_to backup_creating backup_restoring',
    going: 'deleting deferred_deleting',
    failed: '',
    stuck:
      'error_deleting error_deferred_deleting extending_error shrinking_error shrinking_possible_data_loss_error reverting_error manage_error unmanage_error',
    gone: 'deleted',
  },
  'share-snapshot': {
    steady: 'available error',
    changing: 'creating manage_starting unmanage_starting migrating migrating_to restoring',
    going: 'deleting deferred_deleting',
    failed: '',
    stuck: 'error_deleting error_deferred_deleting manage_error unmanage_error',
    gone: '',
  },
  'share-network': { steady: 'active error', changing: 'network_change', going: '', failed: '', stuck: '', gone: '' },
  zone: { steady: 'ACTIVE PENDING ERROR', changing: '', going: '', failed: '', stuck: '', gone: 'DELETED' },
}
const field: Readonly<Record<string, string>> = {
  'load-balancer': 'provisioning_status',
  listener: 'provisioning_status',
  pool: 'provisioning_status',
  stack: 'stack_status',
}

const rows = Object.entries({
  ...states,
  listener: states['load-balancer'],
  pool: states['load-balancer'],
  'record-set': states['zone'],
}).flatMap(([kind, table]) =>
  Object.entries(table ?? {}).flatMap(([phase, words]) =>
    words
      .split(' ')
      .filter((word) => word !== '')
      .map((word) => [kind, word, phase] as const),
  ),
)

test.each(rows)('%s %s is %s', (kind, word, phase) => {
  const { phase: found, state } = factsOf(kind, 0, { [field[kind] ?? 'status']: word })
  expect({ phase: found, state }).toEqual({ phase, state: word })
})

describe('a state that one word does not tell', () => {
  test.each([
    ['deleting', 'going', 'ACTIVE (deleting)'],
    ['soft-deleting', 'going', 'ACTIVE (soft-deleting)'],
    ['spawning', 'steady', 'ACTIVE (spawning)'],
  ])('a server with the task %s is %s', (task, phase, state) => {
    expect(factsOf('server', 0, { 'OS-EXT-STS:task_state': task })).toMatchObject({ phase, state })
  })

  test.each([
    ['starting', 'changing'],
    ['migrating', 'changing'],
    ['completing', 'changing'],
    ['success', 'steady'],
    ['error', 'steady'],
    [null, 'steady'],
  ])('an available volume whose migration is %s is %s', (migration_status, phase) => {
    expect(factsOf('volume', 0, { status: 'available', migration_status }).phase).toBe(phase)
  })

  test.each(['zone', 'record-set'])('a %s that is being deleted says so in its action', (kind) => {
    const phase = (status: string): string => factsOf(kind, 0, { status, action: 'DELETE' }).phase
    expect([phase('PENDING'), phase('ERROR')]).toEqual(['going', 'failed'])
    expect(factsOf(kind, 0, { status: 'PENDING', action: 'CREATE' })).toMatchObject({
      phase: 'steady',
      state: 'PENDING (CREATE)',
    })
  })

  test('an offer that was accepted is gone', () => {
    expect([factsOf('volume-transfer').phase, factsOf('volume-transfer', 0, { accepted: true }).phase]).toEqual([
      'steady',
      'gone',
    ])
  })
})

test('why something failed is told where the service tells it', () => {
  expect(factsOf('server', 2).data).toMatchObject({ reason: 'Exceeded maximum number of retries.' })
  expect(factsOf('backup', 2).data).toMatchObject({ reason: 'Service not found for deleting backup.' })
  expect(factsOf('stack').data).toMatchObject({
    reason: 'Resource DELETE failed: Conflict: resources.pod_access_sg: Security Group in use.',
    failed: [
      'pod_access_sg: Conflict: Security Group in use.',
      'data_volume: Volume in use',
      'nodes.0: Server is locked',
    ],
  })
})

/** What an operator has to do stands in the command: no state is ever reset and nothing forced by us. */
test.each([
  ['server', 0, 'openstack server delete 0a1b2c3d-0000-4000-8000-000000000001'],
  [
    'server',
    1,
    'openstack server set --state error 0a1b2c3d-0000-4000-8000-000000000002 && openstack server delete 0a1b2c3d-0000-4000-8000-000000000002',
  ],
  ['server', 3, 'openstack server delete --force 0a1b2c3d-0000-4000-8000-000000000004'],
  ['server-group', 0, 'openstack server group delete 0a1b2c3d-0000-4000-8000-000000000081'],
  ['keypair', 1, "openstack keypair delete 'a human’s / key'"],
  [
    'image',
    1,
    'openstack image set --unprotected 0a1b2c3d-0000-4000-8000-000000000032 && openstack image delete 0a1b2c3d-0000-4000-8000-000000000032',
  ],
  ['load-balancer', 0, 'openstack loadbalancer delete --cascade 0a1b2c3d-0000-4000-8000-000000000041'],
  [
    'load-balancer',
    1,
    'openstack loadbalancer status show 0a1b2c3d-0000-4000-8000-000000000042 && openstack loadbalancer failover 0a1b2c3d-0000-4000-8000-000000000042',
  ],
  ['listener', 0, 'openstack loadbalancer listener delete 0a1b2c3d-0000-4000-8000-000000000051'],
  ['pool', 0, 'openstack loadbalancer pool delete 0a1b2c3d-0000-4000-8000-000000000061'],
  [
    'volume',
    2,
    'openstack volume set --state error 0a1b2c3d-0000-4000-8000-000000000013 && openstack volume delete 0a1b2c3d-0000-4000-8000-000000000013',
  ],
  [
    'snapshot',
    1,
    'openstack volume snapshot set --state error 0a1b2c3d-0000-4000-8000-000000000022 && openstack volume snapshot delete 0a1b2c3d-0000-4000-8000-000000000022',
  ],
  [
    'backup',
    2,
    'openstack volume backup set --state error 0a1b2c3d-0000-4000-8000-000000000093 && openstack volume backup delete 0a1b2c3d-0000-4000-8000-000000000093',
  ],
  ['volume-transfer', 0, 'openstack volume transfer request delete 0a1b2c3d-0000-4000-8000-000000000101'],
  [
    'volume-attachment',
    0,
    'openstack server remove volume 0a1b2c3d-0000-4000-8000-000000000001 0a1b2c3d-0000-4000-8000-000000000011',
  ],
  ['volume-attachment', 3, 'openstack volume attachment delete 0a1b2c3d-0000-4000-8000-000000000114'],
  [
    'stack',
    0,
    'openstack stack failures list --long 0a1b2c3d-0000-4000-8000-000000000121; openstack stack delete --yes --wait 0a1b2c3d-0000-4000-8000-000000000121',
  ],
  [
    'share',
    1,
    'openstack share set --status error 0a1b2c3d-0000-4000-8000-000000000133 && openstack share delete 0a1b2c3d-0000-4000-8000-000000000133',
  ],
  [
    'share-snapshot',
    1,
    'openstack share snapshot set --status error 0a1b2c3d-0000-4000-8000-000000000162 && openstack share snapshot delete 0a1b2c3d-0000-4000-8000-000000000162',
  ],
  ['share-network', 0, 'openstack share network delete 0a1b2c3d-0000-4000-8000-000000000132'],
  ['zone', 1, 'openstack zone delete --delete-shares 0a1b2c3d-0000-4000-8000-000000000142'],
  [
    'record-set',
    0,
    'openstack recordset delete 0a1b2c3d-0000-4000-8000-000000000141 0a1b2c3d-0000-4000-8000-000000000151',
  ],
  ['container', 1, 'openstack container delete --recursive logs'],
  ['application-credential', 0, 'openstack application credential delete ac0a1b2c3d4e5f60718293a4b5c6d7e8'],
])('%s (%i): the command for a person', (kind, index, command) => {
  expect(kindOf(kind).manual?.(factsOf(kind, index))).toBe(command)
})
