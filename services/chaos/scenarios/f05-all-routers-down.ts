/** F5: no router runs for ten windows. */
import type { Scenario } from '../scenario.ts'
import { busy, steady } from './load.ts'

const WINDOWS = 10
/** About what is open at 50 calls/s when all is well. */
const USUALLY_OPEN = 130

const allRoutersDown: Scenario = {
  id: 'F5-all-routers-down',
  row: 'F5',
  title: `all routers are killed and back after ${WINDOWS} windows`,
  expected: 'what is overdue is decided as LATE_START; calls that come meanwhile are on time',
  crew: { routers: 2, backups: 0, enrichers: 1 },
  load: steady(45_000),
  limit: 'allRoutersGone',
  bounds: ['overdueDrainedMs', 'lagToZeroMs'],
  async play(stage) {
    const routers = stage.actors('router')
    await busy(stage)
    stage.strike(`kill all ${routers.length} routers`)
    await Promise.all(routers.map((router) => router.signal('SIGKILL')))
    await stage.wait(stage.windowMs * WINDOWS)
    await Promise.all(routers.map(() => stage.start('router')))
    const readyMs = performance.now()
    const isDrained = (): boolean => stage.calls.undecided() <= USUALLY_OPEN
    await stage.until('what is overdue is decided', isDrained, 20_000)
    stage.measured('overdueDrainedMs', performance.now() - readyMs)
  },
}

export const scenarios: readonly Scenario[] = [allRoutersDown]
