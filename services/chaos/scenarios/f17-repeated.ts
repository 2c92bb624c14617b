/** F17: arrivals and lookups that come more than once, too early, out of order, or for nobody. */
import type { Scenario } from '../scenario.ts'
import { steady } from './load.ts'

const PAUSE_MS = 2000

const arrivals: Scenario = {
  id: 'F17-arrivals-repeated',
  row: 'F17',
  title: 'the last 100 arrivals are published a second time, later nine times more',
  expected: 'one effective decision each',
  crew: { routers: 1, backups: 0, enrichers: 1 },
  load: steady(16_000),
  bounds: ['lagToZeroMs'],
  async play(stage) {
    stage.strike('arrivals twice')
    await stage.calls.repeat(100)
    await stage.wait(PAUSE_MS)
    stage.strike('arrivals ten times')
    await stage.calls.repeat(900)
    await stage.wait(PAUSE_MS)
  },
}

const lookups: Scenario = {
  id: 'F17-lookups-meddled',
  row: 'F17',
  title:
    'lookups are published again, backwards, before their calls, and for calls that nobody made',
  expected: 'the first settled record of each counts; nobody is decided without an arrival',
  crew: { routers: 1, backups: 0, enrichers: 1 },
  load: steady(18_000),
  bounds: ['lagToZeroMs'],
  async play(stage) {
    for (const what of [
      'lookups again',
      'lookups backwards',
      'lookups of nobody',
      'lookups before calls',
    ] as const) {
      stage.strike(what)
      await stage.meddle(what, 100)
      await stage.wait(PAUSE_MS)
    }
  },
}

export const scenarios: readonly Scenario[] = [arrivals, lookups]
