/** F9: two of three brokers are dead. */
import type { Scenario } from '../scenario.ts'
import { steady } from './load.ts'

const DEAD_MS = 6000

const twoDead: Scenario = {
  id: 'F9-two-of-three-dead',
  row: 'F9',
  title: 'two of three brokers are killed at once and started again after 6 s',
  expected: 'nothing can be stored meanwhile; nothing acknowledged is lost; all goes on by itself',
  crew: { routers: 1, backups: 0, enrichers: 1 },
  load: steady(26_000),
  limit: 'brokersGone',
  bounds: ['lagToZeroMs'],
  async play(stage) {
    const dead = stage.nodes.slice(0, 2)
    stage.strike(`kill brokers ${dead.join(' and ')}`)
    await Promise.all(dead.map((node) => stage.brokers.kill(node, 'SIGKILL')))
    await stage.wait(DEAD_MS)
    await Promise.all(dead.map((node) => stage.brokers.restart(node)))
  },
}

export const scenarios: readonly Scenario[] = [twoDead]
