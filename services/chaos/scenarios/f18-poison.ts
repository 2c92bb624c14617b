/** F18: records that nobody can read, on each topic of calls, and readable ones in wrong places. */
import type { Scenario } from '../scenario.ts'
import { steady } from './load.ts'

const ROUNDS = 3

const poison: Scenario = {
  id: 'F18-poison',
  row: 'F18',
  title:
    'random bytes, an unknown schema, no value, no key, another key, nearly 1 MB, a wrong partition',
  expected: 'a dead letter each, neighbours unharmed; a caller with a readable key is decided',
  crew: { routers: 1, backups: 0, enrichers: 1 },
  load: steady(18_000),
  bounds: ['lagToZeroMs'],
  async play(stage) {
    for (let round = 0; round < ROUNDS; round += 1) {
      stage.strike('poison on every topic of calls')
      await stage.meddle('poison', 1)
      await stage.meddle('arrivals misplaced', 5)
      await stage.wait(2000)
    }
  },
}

export const scenarios: readonly Scenario[] = [poison]
