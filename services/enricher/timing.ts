/** Waiting and repeating by the `Clock` port. */
import type { Cancel, Clock } from '../platform/ports.ts'

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
