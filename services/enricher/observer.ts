/** What an enricher tells, as metrics of its dependency. */
import type { LookupSettled } from '../../schemas/records.ts'
import type { Metrics } from '../platform/metrics.ts'
import type { BreakerState } from './core/breaker.ts'
import type { EnricherObserver } from './enricher.ts'

const BREAKER_LEVEL: Readonly<Record<BreakerState, number>> = { CLOSED: 0, HALF_OPEN: 1, OPEN: 2 }

export function metricsObserver(metrics: Metrics, dependency: string): EnricherObserver {
  return {
    settled({ outcome, cause, origin, latencyMs }: LookupSettled) {
      metrics.lookups.inc({ dependency, outcome, cause: cause ?? '', origin })
      metrics.lookupSeconds.observe({ dependency }, latencyMs / 1000)
    },
    late: () => metrics.lookupsLate.inc({ dependency }),
    passedOver(why) {
      if (why === 'repeat') metrics.repeats.inc({ topic: 'call.arrived' })
      else metrics.arrivalsUnreadable.inc()
    },
    load: ({ active }) => metrics.openLookups.set({ dependency }, active),
    breaker: (state) => metrics.breakerState.set({ dependency }, BREAKER_LEVEL[state]),
  }
}
