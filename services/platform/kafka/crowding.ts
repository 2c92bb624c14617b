/**
 * How crowded the cores are: the share of their time in which none was idle, whoever used it. How late one's
 * own timers are would tell of one's own long turns as well, and those get longer the more gathers.
 */
import { cpus } from 'node:os'

/** Shorter looks see single bursts. */
export const LOOK_EVERY_MS = 1000
/** What the newest look counts for, the rest being what was seen before. */
const NEWEST = 0.5

/** Of all cores together, since they were started. */
export interface CoreTimes {
  readonly idleMs: number
  readonly allMs: number
}

/** Tells the share of the cores' time that was used of late, 0 to 1; looks at most once a second. */
export function createCrowding(read: () => CoreTimes): (nowMs: number) => number {
  let before: CoreTimes | null = null
  let lookedMs = -Infinity
  let used = 0
  return (nowMs) => {
    if (nowMs - lookedMs < LOOK_EVERY_MS) return used
    lookedMs = nowMs
    const now = read()
    const newest = before === null ? null : usedBetween(before, now)
    if (newest !== null) used += (newest - used) * NEWEST
    before = now
    return used
  }
}

/** Null where nobody counts. */
function usedBetween(before: CoreTimes, now: CoreTimes): number | null {
  const allMs = now.allMs - before.allMs
  return allMs > 0 ? 1 - Math.min(1, Math.max(0, (now.idleMs - before.idleMs) / allMs)) : null
}

/** This machine's. A container's quota is not seen: who has one is slowed down by it, not crowded. */
export const crowding = createCrowding(() => {
  const times = cpus().map((core) => core.times)
  const idleMs = times.reduce((sum, { idle }) => sum + idle, 0)
  return {
    idleMs,
    allMs: times.reduce((sum, { user, nice, sys, irq }) => sum + user + nice + sys + irq, idleMs),
  }
})
