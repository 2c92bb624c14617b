/** F14: dependencies that answer in time with data that are old, undated or dated in the future. */
import type { DependencyName, Fault } from '../../../infra/stubs/faults.ts'
import type { Scenario, Stage } from '../scenario.ts'
import { SLOW_CRM, steady } from './load.ts'

const all = { share: 1 } as const
/** Beyond every `staleAfter` of the example policy. */
const OLD: Fault = { mode: 'stale', ageMs: 7 * 86_400_000, ...all }
const FUTURE: Fault = { mode: 'futureSync', aheadMs: 3_600_000, ...all }
const UNDATED: Fault = { mode: 'noSync', ...all }

const STALE: readonly (readonly [DependencyName, string])[] = [
  ['crm', 'CRM_STALE'],
  ['billing', 'BILLING_STALE'],
  ['scheduling', 'SCHEDULE_STALE'],
  ['priority', 'PRIORITY_STALE'],
]
const EACH_MS = 3000

/** Between the strikes the CRM is slow again, which keeps calls in flight for the next. */
async function play(stage: Stage): Promise<void> {
  for (const [what, fault] of [
    ['synced a week ago', OLD],
    ['synced in an hour', FUTURE],
    ['no sync time', UNDATED],
  ] as const) {
    stage.strike(what)
    await Promise.all(STALE.map(([dependency]) => stage.fault(dependency, fault)))
    await stage.wait(EACH_MS)
    await Promise.all(STALE.map(([dependency]) => stage.fault(dependency, { mode: 'healthy' })))
    await stage.fault('crm', SLOW_CRM)
    await stage.wait(EACH_MS)
  }
  await stage.fault('crm', { mode: 'healthy' })
}

const staleData: Scenario = {
  id: 'F14-stale-data',
  row: 'F14',
  title: 'all dependencies give data synced a week ago, in the future, at no known time',
  expected: 'stale is told with the source’s own stamp, and never used silently',
  crew: { routers: 1, backups: 0, enrichers: 1 },
  load: steady(24_000),
  tells: STALE.map(([dependency, reason]) => ({ dependency, reason })),
  bounds: ['lagToZeroMs'],
  play,
}

export const scenarios: readonly Scenario[] = [staleData]
