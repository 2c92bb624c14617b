/** F3: an enricher dies between a lookup and its record, and between the record and the commit. */
import type { Scenario } from '../scenario.ts'
import { steady } from './load.ts'

/** Reached some two seconds after the fault begins: 50 calls/s, each answered after 1.75 s. */
const CRASH_AT = '170'
const CRASH_WITHIN_MS = 10_000
const ENRICHER = 'enricher crm'

function killed(point: 'after-lookup' | 'after-publish', title: string): Scenario {
  return {
    id: `F3-${point}`,
    row: 'F3',
    title,
    expected:
      'no call late; lookups that are repeated change nothing, for the first settled one counts',
    crew: { routers: 1, backups: 0, enrichers: 1 },
    load: steady(18_000),
    environment: { [ENRICHER]: { CRASH_POINT: point, CRASH_AT } },
    bounds: ['lagToZeroMs'],
    async play(stage) {
      const [enricher] = stage.actors(ENRICHER)
      if (enricher === undefined) throw new Error('no enricher of the CRM runs')
      await stage.until('the enricher has crashed', () => !enricher.running(), CRASH_WITHIN_MS)
      stage.strike(`the enricher of the CRM died ${point.replace('-', ' a ')}`)
      await stage.start(ENRICHER)
    },
  }
}

export const scenarios: readonly Scenario[] = [
  killed('after-lookup', "the CRM's enricher dies between an answer and its record"),
  killed('after-publish', "the CRM's enricher dies between a record and the commit"),
]
