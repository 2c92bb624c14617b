/** The load that most scenarios run under. */
import type { Load } from '../scenario.ts'

/** So many milliseconds a CRM lookup takes, well below its timeout (a slow machine adds its own): most calls are then in flight. */
export const SLOW_CRM = { mode: 'latency', ms: 1600, jitterMs: 100, share: 1 } as const

/** 50 calls a second, some 70 to 80 of them undecided at any time, for at least so long. */
export const steady = (durationMs: number): Load => ({
  ratePerS: 50,
  durationMs,
  baseline: { crm: SLOW_CRM },
})
