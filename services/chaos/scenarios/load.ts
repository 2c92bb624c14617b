/** The load that most scenarios run under. */
import type { Load } from '../scenario.ts'

/** So many milliseconds a CRM lookup takes, just below its timeout: most calls are then in flight. */
const SLOW_CRM = { mode: 'latency', ms: 1750, jitterMs: 100, share: 1 } as const

/** 50 calls a second, 80 to 90 of them undecided at any time, for at least so long. */
export const steady = (durationMs: number): Load => ({
  ratePerS: 50,
  durationMs,
  baseline: { crm: SLOW_CRM },
})
