/** Waiting and repeating by the `Clock` port. */
import type { Cancel, Clock } from './ports.ts'

export const wait = (clock: Clock, ms: number): Promise<void> =>
  new Promise((resolve) => {
    clock.after(ms, resolve)
  })

/** Runs again and again with a pause in between, until cancelled. */
export function every(clock: Clock, periodMs: number, run: () => void): Cancel {
  let cancel = clock.after(periodMs, again)
  function again(): void {
    run()
    cancel = clock.after(periodMs, again)
  }
  return () => cancel()
}

const RETRY_EVERY_MS = 250

/**
 * Repeats what may fail until it succeeds; null once it is wanted no more. Between two tries it pauses
 * for a quarter of a second, and twice as long each time up to `longestPauseMs`; every failure is told.
 */
export async function persist<T>(
  clock: Clock,
  wanted: () => boolean,
  work: () => Promise<T>,
  failed: (error: unknown) => void,
  longestPauseMs = RETRY_EVERY_MS,
): Promise<T | null> {
  let pauseMs = RETRY_EVERY_MS
  while (wanted()) {
    try {
      const result = await work()
      return wanted() ? result : null
    } catch (error) {
      failed(error)
      await wait(clock, pauseMs)
      pauseMs = Math.min(longestPauseMs, 2 * pauseMs)
    }
  }
  return null
}
