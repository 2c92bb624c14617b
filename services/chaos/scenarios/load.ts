/** The load that most scenarios run under. */
import type { Load, Stage } from '../scenario.ts'

/** So many milliseconds a CRM lookup takes, well below its timeout (a slow machine adds its own): most calls are then in flight. */
export const SLOW_CRM = { mode: 'latency', ms: 1600, jitterMs: 100, share: 1 } as const

/** 50 calls a second, some 70 to 80 of them undecided at any time, for at least so long. */
export const steady = (durationMs: number): Load => ({
  ratePerS: 50,
  durationMs,
  baseline: { crm: SLOW_CRM },
})

/** Some more than a strike must meet, for what is decided before it is told counts no more. */
const BUSY = 65
const BUSY_WITHIN_MS = 15_000

/** Waits until a strike meets calls enough: while a breaker is open few are in flight. */
export const busy = (stage: Stage): Promise<void> =>
  stage.until(`${BUSY} calls are in flight`, () => stage.calls.undecided() >= BUSY, BUSY_WITHIN_MS)
