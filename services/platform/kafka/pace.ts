/**
 * How close together the requests to a broker may begin. After a rest one goes at once; one that would
 * follow it closely waits a little, and what several would have carried or brought gathers in one. Each
 * request costs both sides far more than a record in it, and wakes every reader: where cores are crowded
 * (platform/crowding.ts) it is requests that there are too many of, so they spread.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { Haste } from '../ports.ts'

/** From the beginning of one request to the next one's. What a record may wait at each hop. */
export interface Interval {
  readonly everyMs: number
  /** As far as crowded cores may stretch it. */
  readonly everyMsMax: number
}

export const FETCHES: Readonly<Record<Haste, Interval>> = {
  prompt: { everyMs: 10, everyMsMax: 30 },
  patient: { everyMs: 100, everyMsMax: 100 },
}
export const PRODUCES: Readonly<Record<Haste, Interval>> = {
  prompt: { everyMs: 5, everyMsMax: 15 },
  patient: { everyMs: 25, everyMsMax: 25 },
}
export const UNPACED: Interval = { everyMs: 0, everyMsMax: 0 }

/** From one share of the cores in use to the other an interval grows: on two cores, where this was found, queues do. */
const CROWDED = { from: 0.85, to: 1 } as const

export interface Pace {
  /** Milliseconds from `nowMs` until the next request to this broker may begin; 0: it may now. */
  waitMs(nodeId: string, nowMs: number): number
  began(nodeId: string, nowMs: number): void
  /** More is there already: the next request to this broker need not wait. */
  hurry(nodeId: string): void
}

/** `crowding`: the share of the cores' time that is used, 0 to 1. */
export function createPace(interval: Interval, crowding: (nowMs: number) => number): Pace {
  const beganMs = new Map<string, number>()
  const isFixed = interval.everyMs === interval.everyMsMax
  return {
    waitMs(nodeId, nowMs) {
      const everyMs = isFixed ? interval.everyMs : stretched(interval, crowding(nowMs))
      const last = beganMs.get(nodeId) ?? -Infinity
      return Math.min(everyMs, Math.max(0, last + everyMs - nowMs))
    },
    began: (nodeId, nowMs) => void beganMs.set(nodeId, nowMs),
    hurry: (nodeId) => void beganMs.delete(nodeId),
  }
}

function stretched({ everyMs, everyMsMax }: Interval, used: number): number {
  const crowded = (used - CROWDED.from) / (CROWDED.to - CROWDED.from)
  return everyMs + (everyMsMax - everyMs) * Math.min(1, Math.max(0, crowded))
}

/** Waits until the next request to a broker may begin, which it then does. */
export async function keepPace(pace: Pace, nodeId: string): Promise<void> {
  const waitMs = pace.waitMs(nodeId, performance.now())
  if (waitMs > 0) await delay(waitMs)
  pace.began(nodeId, performance.now())
}
