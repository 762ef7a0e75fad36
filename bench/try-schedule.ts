import { schedule } from './schedule.ts'
await schedule()
