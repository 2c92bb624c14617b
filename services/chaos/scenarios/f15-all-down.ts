/** F15: nothing can be asked, at the time when most calls come. */
import { DEPENDENCIES } from '../../../infra/stubs/faults.ts'
import type { Scenario } from '../scenario.ts'
import { steady } from './load.ts'

/**
 * Twice the usual load. Three brokers and the services on two cores bear no 150 a second: those were late
 * before anything failed.
 */
const PEAK_PER_S = 100
const DOWN_MS = 8000

const allDown: Scenario = {
  id: 'F15-all-down',
  row: 'F15',
  title: `all dependencies refuse for 8 s while ${PEAK_PER_S} calls come a second`,
  expected: 'every call decided by its fallbacks, on time; the audit of all of them is absorbed',
  crew: { routers: 1, backups: 0, enrichers: 1 },
  load: steady(18_000),
  tells: [
    { dependency: 'crm', cause: 'UNREACHABLE' },
    { dependency: 'crm', cause: 'CIRCUIT_OPEN' },
    { dependency: 'billing', cause: 'NEEDS_UNMET' },
    { dependency: 'scheduling', cause: 'UNREACHABLE' },
    { dependency: 'priority', cause: 'UNREACHABLE' },
  ],
  bounds: ['lagToZeroMs'],
  async play(stage) {
    stage.calls.rate(PEAK_PER_S)
    await stage.wait(2000)
    stage.strike('all dependencies refuse')
    await Promise.all(DEPENDENCIES.map((name) => stage.fault(name, { mode: 'refuse', share: 1 })))
    await stage.wait(DOWN_MS)
    stage.calls.rate(50)
    await Promise.all(DEPENDENCIES.map((name) => stage.fault(name, { mode: 'healthy' })))
  },
}

export const scenarios: readonly Scenario[] = [allDown]
