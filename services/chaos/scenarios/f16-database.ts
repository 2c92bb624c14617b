/** F16: what can be wrong with a database besides being down. */
import type { Fault } from '../../../infra/stubs/faults.ts'
import type { Scenario } from '../scenario.ts'
import { steady } from './load.ts'

const all = { share: 1 } as const

const TROUBLES: readonly (readonly [what: string, fault: Fault])[] = [
  ['accepts connections and says nothing', { mode: 'hang', ...all }],
  ['another session holds the table', { mode: 'lockWait', ...all }],
  ['no connection is left', { mode: 'full', ...all }],
]
const EACH_MS = 4000
/** The breaker stays open for 2 s. */
const PAUSE_MS = 2300

const database: Scenario = {
  id: 'F16-database',
  row: 'F16',
  title: 'the priority database accepts and hangs, is locked, has no connection left',
  expected: 'timeout events on time, no call late; the flag VERIFY_PRIORITY is raised, and why',
  crew: { routers: 1, backups: 0, enrichers: 1 },
  load: steady(24_000),
  tells: [
    { dependency: 'priority', reason: 'PRIORITY_TIMED_OUT' },
    { dependency: 'priority', reason: 'PRIORITY_FAILED', cause: 'CIRCUIT_OPEN' },
    { dependency: 'priority', reason: 'PRIORITY_FAILED', cause: 'OVERLOADED' },
  ],
  bounds: ['lagToZeroMs'],
  async play(stage) {
    for (const [what, fault] of TROUBLES) {
      stage.strike(`priority: ${what}`)
      await stage.fault('priority', fault)
      await stage.wait(EACH_MS)
      await stage.fault('priority', { mode: 'healthy' })
      await stage.wait(PAUSE_MS)
    }
  },
}

export const scenarios: readonly Scenario[] = [database]
