/**
 * How crowded the cores are, as this process feels it: by how much its event loop gets its turn later than
 * it asked for. That is the same whether others take the cores, a container's quota does, or its own work.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks'

const RESOLUTION_MS = 10
/** Some 25 turns: fewer are chance. */
export const LOOK_EVERY_MS = 250
/** What the newest look counts for, the rest being what was seen before. */
const NEWEST = 0.5
const NS_PER_MS = 1e6

/** Nanoseconds from one turn to the next, on average since the last reset; not a number while there was none. */
export interface Turns {
  readonly mean: number
  reset(): void
}

/** Tells by how many milliseconds turns come late of late; looks at most every quarter of a second. */
export function createCrowding(turns: Turns, resolutionMs: number): (nowMs: number) => number {
  let lookedMs = -Infinity
  let lateMs = 0
  return (nowMs) => {
    if (nowMs - lookedMs >= LOOK_EVERY_MS) {
      const newestMs = turns.mean / NS_PER_MS - resolutionMs
      // The first look is over a start, which says nothing of the time after it.
      if (lookedMs > -Infinity && Number.isFinite(newestMs)) {
        lateMs += (Math.max(0, newestMs) - lateMs) * NEWEST
      }
      turns.reset()
      lookedMs = nowMs
    }
    return lateMs
  }
}

let ofProcess: ((nowMs: number) => number) | undefined

/** This process', watched from the first question on. */
export function lateness(nowMs: number): number {
  if (ofProcess === undefined) {
    const turns = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
    turns.enable()
    ofProcess = createCrowding(turns, RESOLUTION_MS)
  }
  return ofProcess(nowMs)
}
