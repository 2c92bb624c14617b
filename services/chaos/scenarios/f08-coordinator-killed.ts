/** F8: the broker that coordinates the routers' group is killed. */
import type { Scenario } from '../scenario.ts'
import { steady } from './load.ts'

const DEAD_MS = 10_000
const REBUILDS = 'crosspoint_consumer_rebuilds_total'

const killed: Scenario = {
  id: 'F8-coordinator-killed',
  row: 'F8',
  title: "the broker that coordinates the routers' group is killed for 10 s",
  expected:
    'members go on with the next coordinator, without a rebalance or a restart; calls are late ' +
    'only while appends wait for that broker',
  crew: { routers: 2, backups: 0, enrichers: 1 },
  load: steady(24_000),
  limit: 'leaderGone',
  bounds: ['rebuildsCount', 'lagToZeroMs'],
  async play(stage) {
    const routers = stage.actors('router')
    const rebuilds = async (): Promise<number> => {
      const counts = await Promise.all(routers.map((router) => router.metric(REBUILDS)))
      return counts.reduce<number>((sum, count) => sum + (count ?? 0), 0)
    }
    const before = await rebuilds()
    const coordinator = await stage.brokers.coordinatorOf('router')
    stage.strike(`kill broker ${coordinator}, which coordinates the routers`)
    await stage.brokers.kill(coordinator, 'SIGKILL')
    await stage.wait(DEAD_MS)
    await stage.brokers.restart(coordinator)
    await stage.wait(3000)
    stage.measured('rebuildsCount', (await rebuilds()) - before)
  },
}

export const scenarios: readonly Scenario[] = [killed]
