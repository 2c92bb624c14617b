/**
 * Wakes the router when something is due, and notices when it slept (design §4.7): no tick for more
 * than a second of host time means that others may have decided meanwhile.
 */
import type { Cancel, Clock } from '../platform/ports.ts'

export interface Ticker {
  /** Before anything else is done with what arrives: a sleep must be noticed first. */
  pulse(): void
  /** Something is due in so many milliseconds; the next tick comes no later. */
  wakeIn(delayMs: number): void
  stop(): void
}

const BEAT_MS = 250
export const STALL_MS = 1000
/** Ticks come no closer than this. */
const PAUSE_MS = 5

/** `tick` gives the milliseconds until it wants to be called again; Infinity: with the next beat. */
export function startTicker(clock: Clock, stalled: () => void, tick: () => number): Ticker {
  let lastMs = clock.nowMs()
  let dueMs = Infinity
  let cancel: Cancel = () => undefined

  const pulse = (): void => {
    const hostMs = clock.nowMs()
    const slept = hostMs - lastMs > STALL_MS
    lastMs = hostMs
    if (slept) stalled()
  }
  const schedule = (delayMs: number): void => {
    cancel()
    const delay = Math.min(BEAT_MS, Math.max(PAUSE_MS, delayMs))
    dueMs = clock.nowMs() + delay
    cancel = clock.after(delay, run)
  }
  const run = (): void => {
    pulse()
    schedule(tick())
  }
  schedule(0)
  return {
    pulse,
    wakeIn(delayMs) {
      if (clock.nowMs() + Math.max(PAUSE_MS, delayMs) < dueMs) schedule(delayMs)
    },
    stop: () => cancel(),
  }
}
