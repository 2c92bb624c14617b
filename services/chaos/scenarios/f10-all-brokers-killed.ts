/** F10: all brokers are killed at once. */
import type { Scenario } from '../scenario.ts'
import { steady } from './load.ts'

const allKilled: Scenario = {
  id: 'F10-all-brokers-killed',
  row: 'F10',
  title: 'all brokers are killed in the same moment and started again at once',
  expected: 'no acknowledged record is lost; all goes on by itself once they are back',
  crew: { routers: 1, backups: 0, enrichers: 1 },
  load: steady(26_000),
  limit: 'brokersGone',
  bounds: ['lagToZeroMs'],
  async play(stage) {
    stage.strike('kill all brokers')
    await Promise.all(stage.nodes.map((node) => stage.brokers.kill(node, 'SIGKILL')))
    await Promise.all(stage.nodes.map((node) => stage.brokers.restart(node)))
  },
}

export const scenarios: readonly Scenario[] = [allKilled]
