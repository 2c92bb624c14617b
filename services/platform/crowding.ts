/**
 * How crowded the cores are: the share of their time that was used of late, whoever used it. How late one's
 * own timers are would tell of one's own long turns as well, and those get longer the more gathers.
 */
import { type CoreTimes, readCoreTimes, sharesBetween } from './cores.ts'

/** Shorter looks see single bursts. */
export const LOOK_EVERY_MS = 1000
/** What the newest look counts for, the rest being what was seen before. */
const NEWEST = 0.5

/** Tells the share of the cores' time that was used of late, 0 to 1; looks at most once a second. */
export function createCrowding(read: () => CoreTimes | null): (nowMs: number) => number {
  let before: CoreTimes | null = null
  let lookedMs = -Infinity
  let used = 0
  return (nowMs) => {
    if (nowMs - lookedMs < LOOK_EVERY_MS) return used
    lookedMs = nowMs
    const now = read()
    const newest = sharesBetween(before, now)
    if (newest !== null) used += (newest.used - used) * NEWEST
    before = now
    return used
  }
}

/**
 * This machine's, 0 where nobody counts; `nowMs` is `performance.now()`. Cores that a container may not use
 * count as well: its quota is not seen, and its neighbours are.
 */
export const crowding = createCrowding(readCoreTimes)
