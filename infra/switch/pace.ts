/** How many calls are due by now, at a rate that may change. */
import type { Clock } from '../../services/platform/ports.ts'

export interface Pace {
  /** Calls since the start. */
  due(): number
  /** Counts on from what is due now. */
  change(perS: number): void
}

export function createPace(clock: Clock, ratePerS: number): Pace {
  let perS = ratePerS
  let fromMs = clock.nowMs()
  let before = 0
  const passed = (): number => before + ((clock.nowMs() - fromMs) / 1000) * perS
  return {
    due: () => Math.floor(passed()),
    change(wantedPerS) {
      before = passed()
      fromMs = clock.nowMs()
      perS = wantedPerS
    },
  }
}
