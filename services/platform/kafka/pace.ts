/**
 * How close together the requests to a broker may begin. After a rest one goes at once; one that would
 * follow it closely waits a little, and what several would have carried or brought gathers in one. Each
 * request costs both sides far more than a record in it, and wakes every reader. Pure: time is given.
 */
import type { Haste } from '../ports.ts'

/** From the beginning of one request to the next one's. What a record may wait at each hop. */
export const FETCH_EVERY_MS: Readonly<Record<Haste, number>> = { prompt: 10, patient: 100 }
export const PRODUCE_EVERY_MS: Readonly<Record<Haste, number>> = { prompt: 5, patient: 25 }

export interface Pace {
  /** Milliseconds from `nowMs` until the next request to this broker may begin; 0: it may now. */
  waitMs(nodeId: string, nowMs: number): number
  began(nodeId: string, nowMs: number): void
  /** More is there already: the next request to this broker need not wait. */
  hurry(nodeId: string): void
}

export function createPace(everyMs: number): Pace {
  const beganMs = new Map<string, number>()
  return {
    waitMs(nodeId, nowMs) {
      const last = beganMs.get(nodeId) ?? -Infinity
      return Math.min(everyMs, Math.max(0, last + everyMs - nowMs))
    },
    began: (nodeId, nowMs) => void beganMs.set(nodeId, nowMs),
    hurry: (nodeId) => void beganMs.delete(nodeId),
  }
}
