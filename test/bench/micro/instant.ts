/** The world around shells that are measured: nothing is waited for but the next call. */
import type { Weather } from '../../../services/platform/memory/weather.ts'

export const PARTITIONS = 12

/** Virtual time passes as fast as it can. */
export const RATE_PER_S = 1500

/** Acknowledges and delivers within a millisecond, and whatever is there at once. */
export const INSTANT: Weather = {
  latencyMs: () => 0.2,
  fetchMs: () => 0.5,
  fetchRecords: () => 500,
  produce: () => ({ appended: true, acknowledged: true, noticedAfterMs: 0 }),
  loses: () => false,
}
