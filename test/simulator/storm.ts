/** The weather of a planned world: its usual network, and what is wrong with which broker just now. */
import { COORDINATOR } from '../../services/platform/memory/question.ts'
import type { Weather } from '../../services/platform/memory/weather.ts'
import type { Dice } from './dice.ts'
import type { BrokerMode, Plan } from './plan.ts'

/** What is wrong with each broker at the moment. */
export type Troubles = Map<number, BrokerMode>

export interface StormCounts {
  lostAcknowledgements: number
  refusedRequests: number
}

export function storm(plan: Plan, draw: Dice, troubles: Troubles, counts: StormCounts): Weather {
  const slowed = (broker: number, ms: number): number =>
    troubles.get(broker) === 'slow' ? ms + draw.between(50, 400) : ms
  return {
    latencyMs: (broker) => slowed(broker, draw.between(0.2, plan.latencyMsMax)),
    fetchMs: (broker) => slowed(broker, draw.between(0.2, plan.fetch.msMax)),
    fetchRecords: () => draw.whole(1, plan.fetch.recordsMax),
    produce(broker) {
      const trouble = troubles.get(broker)
      if (trouble === 'refusing') {
        counts.refusedRequests += 1
        return { appended: false, acknowledged: false, noticedAfterMs: draw.between(5, 50) }
      }
      if (trouble === 'lost' && draw.chance(0.4)) {
        counts.lostAcknowledgements += 1
        return { appended: true, acknowledged: false, noticedAfterMs: draw.between(20, 300) }
      }
      return { appended: true, acknowledged: true, noticedAfterMs: 0 }
    },
    loses: () => troubles.has(COORDINATOR) && draw.chance(0.2),
  }
}
