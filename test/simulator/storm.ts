/** The weather of a planned world: its usual network, and what is wrong with which broker just now. */
import { COORDINATOR } from '../../services/platform/memory/question.ts'
import type { Weather } from '../../services/platform/memory/weather.ts'
import type { Dice } from './dice.ts'
import type { BrokerMode, Plan } from './plan.ts'

export interface Trouble {
  readonly mode: BrokerMode
  /** True time. */
  readonly untilMs: number
}

/** What is wrong with each broker at the moment. */
export type Troubles = Map<number, Trouble>

export interface StormCounts {
  lostAcknowledgements: number
  refusedRequests: number
}

/** A client gives up a request that was not answered for so long. */
const REQUEST_TIMEOUT_MS = 6000

/** `now` is true time. */
export function storm(
  plan: Plan,
  draw: Dice,
  troubles: Troubles,
  counts: StormCounts,
  now: () => number,
): Weather {
  /** What is sent to a stopped broker lies there until it goes on. */
  const stoppedMs = (broker: number): number => {
    const trouble = troubles.get(broker)
    return trouble?.mode === 'stopped' ? Math.max(0, trouble.untilMs - now()) : 0
  }
  const slowed = (broker: number, ms: number): number => {
    const trouble = troubles.get(broker)
    if (trouble === undefined) return ms
    return trouble.mode === 'slow' ? ms + draw.between(50, 400) : ms + stoppedMs(broker)
  }
  return {
    latencyMs: (broker) => slowed(broker, draw.between(0.2, plan.latencyMsMax)),
    fetchMs: (broker) => slowed(broker, draw.between(0.2, plan.fetch.msMax)),
    fetchRecords: () => draw.whole(1, plan.fetch.recordsMax),
    produce(broker) {
      const mode = troubles.get(broker)?.mode
      if (mode === 'refusing') {
        counts.refusedRequests += 1
        return { appended: false, acknowledged: false, noticedAfterMs: draw.between(5, 50) }
      }
      if (mode === 'lost' && draw.chance(0.4)) {
        counts.lostAcknowledgements += 1
        return { appended: true, acknowledged: false, noticedAfterMs: draw.between(20, 300) }
      }
      if (stoppedMs(broker) > REQUEST_TIMEOUT_MS) {
        counts.lostAcknowledgements += 1
        return { appended: true, acknowledged: false, noticedAfterMs: REQUEST_TIMEOUT_MS }
      }
      return { appended: true, acknowledged: true, noticedAfterMs: 0 }
    },
    loses: () => troubles.has(COORDINATOR) && draw.chance(0.2),
  }
}
