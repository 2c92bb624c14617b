/** F23: an analyst reads all audit topics from their start, again and again, while most calls come. */
import type { Scenario } from '../scenario.ts'
import { steady } from './load.ts'

const PEAK_PER_S = 100
const REPLAYS = 5

const analyst: Scenario = {
  id: 'F23-analyst',
  row: 'F23',
  title: `an analyst verifies and replays everything ${REPLAYS} times while ${PEAK_PER_S} calls come a second`,
  expected: 'live p99 stays within 1.25 of what it was, and nothing is late',
  crew: { routers: 1, backups: 0, enrichers: 1 },
  load: steady(30_000),
  bounds: ['p99ReplayedPercent', 'lagToZeroMs'],
  async play(stage) {
    const { calls } = stage
    calls.rate(PEAK_PER_S)
    await stage.wait(3000)
    calls.p99Ms()
    await stage.wait(5000)
    const before = calls.p99Ms()
    stage.strike('replay everything')
    for (let count = 0; count < REPLAYS; count += 1) {
      await stage.crosspoint(['audit', 'sql', 'SELECT count(*) FROM decision', '--from', '1h'])
    }
    const during = calls.p99Ms()
    calls.rate(50)
    if (before !== null && during !== null) {
      stage.measured('p99ReplayedPercent', (100 * during) / before)
    }
  },
}

export const scenarios: readonly Scenario[] = [analyst]
