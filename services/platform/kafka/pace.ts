/**
 * How close together the requests to a broker may begin. After a rest one goes at once; one that would
 * follow it closely waits a little, and what several would have carried or brought gathers in one. Each
 * request costs both sides far more than a record in it, and wakes every reader: where cores are crowded
 * (platform/crowding.ts) it is requests that there are too many of, so they spread.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { Haste } from '../ports.ts'

/** From the beginning of one request to the next one's, by how full the cores are. What a record may wait at each hop. */
export interface Interval {
  readonly idleMs: number
  readonly quietMs: number
  readonly busyMs: number
  readonly crowdedMs: number
}

export const FETCHES: Readonly<Record<Haste, Interval>> = {
  prompt: { idleMs: 2, quietMs: 5, busyMs: 10, crowdedMs: 30 },
  // What gathers for longer is done with later than the young heap is full: it grows old, and has to be collected.
  patient: { idleMs: 30, quietMs: 30, busyMs: 30, crowdedMs: 100 },
}
export const PRODUCES: Readonly<Record<Haste, Interval>> = {
  prompt: { idleMs: 1, quietMs: 2, busyMs: 5, crowdedMs: 15 },
  patient: always(25),
}
export const UNPACED = always(0)

/**
 * The shares of the cores in use that an interval is named for; in between it grows evenly. Idle cores have
 * time to spare for requests; on busy ones queues grow (found on two cores, more may bear more).
 */
const USED = { idle: 0.5, quiet: 0.65, busy: 0.8, crowded: 1 } as const

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

function stretched({ idleMs, quietMs, busyMs, crowdedMs }: Interval, used: number): number {
  const towards = (share: number, from: number): number => (used - from) / (share - from)
  if (used < USED.quiet) return between(idleMs, quietMs, towards(USED.quiet, USED.idle))
  if (used < USED.busy) return between(quietMs, busyMs, towards(USED.busy, USED.quiet))
  return between(busyMs, crowdedMs, towards(USED.crowded, USED.busy))
}

function between(from: number, to: number, share: number): number {
  return from + (to - from) * Math.min(1, Math.max(0, share))
}

function always(everyMs: number): Interval {
  return { idleMs: everyMs, quietMs: everyMs, busyMs: everyMs, crowdedMs: everyMs }
}

/** Waits until the next request to a broker may begin, which it then does. */
export async function keepPace(pace: Pace, nodeId: string): Promise<void> {
  const waitMs = pace.waitMs(nodeId, performance.now())
  if (waitMs > 0) await delay(waitMs)
  pace.began(nodeId, performance.now())
}
