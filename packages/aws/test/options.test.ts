import { readFileSync } from 'node:fs'
import { MisuseError } from '@cleardown/core'
import { describe, expect, test } from 'vitest'
import { type AwsOptions, aws } from '../src/index.ts'
import { version } from '../src/version.ts'

describe('says which option is wrong, what it is, and what would be right', () => {
  test.each([
    [{ regions: [] }, 'regions is []: name at least one region'],
    [{ regions: 'us-east-1' }, 'regions is "us-east-1"'],
    [{}, 'regions is undefined'],
    [{ regions: ['us-east-1', 'useast1'] }, 'regions[1] is "useast1": a region looks like'],
    [{ regions: [''] }, 'regions[0] is ""'],
    [{ regions: ['us-east-1a'] }, 'regions[0] is "us-east-1a"'],
    [{ regions: [7] }, 'regions[0] is 7'],
    [{ regions: ['us-east-1', 'cn-north-1'] }, 'aws and aws-cn'],
    [{ regions: ['us-east-1'], region: 'us-east-1' }, 'region is "us-east-1": there is no such option'],
    [{ regions: ['us-east-1'], expectedAccount: '1111-2222-3333' }, 'expectedAccount is "1111-2222-3333"'],
    [{ regions: ['us-east-1'], expectedAccount: 111122223333 }, 'expectedAccount is 111122223333'],
    [{ regions: ['us-east-1'], endpoint: 'localhost:4566' }, 'endpoint is "localhost:4566"'],
    [{ regions: ['us-east-1'], endpoint: '' }, 'endpoint is ""'],
    [undefined, 'options is undefined'],
    [null, 'options is null'],
  ])('%o', (options, says) => {
    expect(() => aws(options as unknown as AwsOptions)).toThrow(MisuseError)
    expect(() => aws(options as unknown as AwsOptions)).toThrow(says)
  })
})

test('never shows credentials', () => {
  const credentials = { accessKeyId: 'AKIAEXAMPLE', secret: 'hidden' } as never
  expect(() => aws({ regions: ['us-east-1'], credentials })).toThrow(/credentials is "\(not shown\)"/)
  expect(() => aws({ regions: ['us-east-1'], credentials })).not.toThrow(/hidden|AKIA/)
})

test('takes what is right', () => {
  const credentials = { accessKeyId: 'x', secretAccessKey: 'x' }
  const regions = ['us-east-1', 'us-gov-west-1', 'ap-southeast-2', 'mx-central-1']
  for (const region of regions) expect(aws({ regions: [region], credentials }).name).toBe('aws')
  expect(
    aws({ regions: ['us-east-1'], credentials: async () => credentials, endpoint: 'http://127.0.0.1:4566' }).version,
  ).toBe(version)
})

test('the version is the package’s', () => {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }
  expect(version).toBe(manifest.version)
})
