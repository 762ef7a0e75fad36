import type { Limit } from '@cleardown/core'
import type { Service } from './services.ts'

/**
 * What each service takes of one account in one region; core slows down further where it is told to.
 * EC2 API Reference, request throttling: 100 calls at once and 20 a second for describes; 5 a second for most changes, which are fewer than
 * the reads around them. The others publish less; these stay below what is reported to be safe.
 */
export const limits: Readonly<Record<Service, Limit>> = {
  autoscaling: { ratePerSecond: 10, burst: 50, concurrency: 10 },
  cloudformation: { ratePerSecond: 5, burst: 20, concurrency: 10 },
  ec2: { ratePerSecond: 20, burst: 100, concurrency: 20 },
  eks: { ratePerSecond: 10, burst: 50, concurrency: 10 },
  elb: { ratePerSecond: 10, burst: 40, concurrency: 10 },
  elbv2: { ratePerSecond: 10, burst: 40, concurrency: 10 },
  iam: { ratePerSecond: 10, burst: 50, concurrency: 10 },
  logs: { ratePerSecond: 5, burst: 20, concurrency: 5 },
  sts: { ratePerSecond: 10, burst: 50, concurrency: 10 },
}
