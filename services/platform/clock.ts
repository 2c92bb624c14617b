/** The host's monotonic clock behind the `Clock` port. */
import type { Clock } from './ports.ts'

/** Node's longest timer; longer delays would fire at once. */
const DELAY_MS_MAX = 2_147_483_647

/** Timers do not keep the process alive unless `keepAlive` is set. */
export function createClock(options: { readonly keepAlive?: boolean } = {}): Clock {
  return {
    nowMs: () => performance.now(),
    after(delayMs, run) {
      const timer = setTimeout(run, Math.min(Math.max(0, delayMs), DELAY_MS_MAX))
      if (options.keepAlive !== true) timer.unref()
      return () => clearTimeout(timer)
    },
  }
}
