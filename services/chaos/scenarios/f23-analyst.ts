/**
 * F23: an analyst reads all audit topics from their start, again and again, while calls come. At the usual
 * rate: three brokers and the services bear twice as much on two cores, but not with an analyst beside them
 * who takes one of the two (at 100 calls a second 41 were late, 186 ms at worst).
 */
import type { Scenario } from '../scenario.ts'
import { steady } from './load.ts'

const REPLAYS = 5

const analyst: Scenario = {
  id: 'F23-analyst',
  row: 'F23',
  title: `an analyst replays all audit topics ${REPLAYS} times while calls come`,
  expected: 'live p99 stays within 1.25 of what it was, and nothing is late',
  crew: { routers: 1, backups: 0, enrichers: 1 },
  load: steady(30_000),
  bounds: ['p99ReplayedPercent', 'lagToZeroMs'],
  async play(stage) {
    const { calls } = stage
    await stage.wait(3000)
    calls.p99Ms()
    await stage.wait(5000)
    const before = calls.p99Ms()
    stage.strike('replay everything')
    for (let count = 0; count < REPLAYS; count += 1) {
      await stage.crosspoint(['audit', 'sql', 'SELECT count(*) FROM decision', '--from', '1h'])
    }
    const during = calls.p99Ms()
    if (before !== null && during !== null) {
      stage.measured('p99ReplayedPercent', (100 * during) / before)
    }
  },
}

export const scenarios: readonly Scenario[] = [analyst]
