/**
 * How close together the requests to a broker may begin. After a rest one goes at once; one that would
 * follow it closely waits a little, and what several would have carried or brought gathers in one. Each
 * request costs both sides far more than a record in it, and wakes every reader: where cores are crowded
 * (crowding.ts) it is requests that there are too many of, so they spread. Pure: time is given.
 */
import type { Haste } from '../ports.ts'

/** From the beginning of one request to the next one's. What a record may wait at each hop. */
export interface Interval {
  readonly everyMs: number
  /** As far as crowded cores may stretch it. */
  readonly crowdedMs: number
}

export const FETCHES: Readonly<Record<Haste, Interval>> = {
  prompt: { everyMs: 10, crowdedMs: 30 },
  patient: { everyMs: 100, crowdedMs: 100 },
}
export const PRODUCES: Readonly<Record<Haste, Interval>> = {
  prompt: { everyMs: 5, crowdedMs: 15 },
  patient: { everyMs: 25, crowdedMs: 25 },
}
export const UNPACED: Interval = { everyMs: 0, crowdedMs: 0 }

/** From one share of the cores in use to the other an interval grows. Queues for them do from four fifths on. */
const CROWDED = { from: 0.8, to: 0.95 } as const

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
  return {
    waitMs(nodeId, nowMs) {
      const everyMs = stretched(interval, crowding(nowMs))
      const last = beganMs.get(nodeId) ?? -Infinity
      return Math.min(everyMs, Math.max(0, last + everyMs - nowMs))
    },
    began: (nodeId, nowMs) => void beganMs.set(nodeId, nowMs),
    hurry: (nodeId) => void beganMs.delete(nodeId),
  }
}

function stretched({ everyMs, crowdedMs }: Interval, used: number): number {
  const crowded = (used - CROWDED.from) / (CROWDED.to - CROWDED.from)
  return everyMs + (crowdedMs - everyMs) * Math.min(1, Math.max(0, crowded))
}
