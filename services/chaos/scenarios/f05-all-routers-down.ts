/** F5: no router runs for ten windows. */
import type { Scenario } from '../scenario.ts'
import { busy, steady } from './load.ts'

const WINDOWS = 10
/** About what is open at 50 calls/s when all is well. */
const USUALLY_OPEN = 130

const allRoutersDown: Scenario = {
  id: 'F5-all-routers-down',
  row: 'F5',
  title: `all routers are killed; one is back after ${WINDOWS} windows, the other when it has drained`,
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
    // One after the other: two that start together share the partitions out before either is ready, and
    // which calls have a router at which moment would be anybody's guess. From here on every call that
    // comes due has to be on time, while one router drains what is overdue of all partitions.
    await stage.start('router')
    const readyMs = performance.now()
    const isDrained = (): boolean => stage.calls.undecided() <= USUALLY_OPEN
    await stage.until('what is overdue is decided', isDrained, 20_000)
    stage.measured('overdueDrainedMs', performance.now() - readyMs)
    await stage.start('router')
  },
}

export const scenarios: readonly Scenario[] = [allRoutersDown]
