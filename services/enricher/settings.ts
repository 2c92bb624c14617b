/** What a deployment may set of an enricher, with every default in one place. */
import { BREAKER_DEFAULTS, type BreakerSettings } from './core/breaker.ts'
import { BULKHEAD_DEFAULTS, type BulkheadSettings } from './core/bulkhead.ts'
import { RETRY_DEFAULTS, type RetrySettings } from './core/retry.ts'

export interface EnricherSettings {
  /** The cluster's clocks may differ by so much (design §2). */
  readonly maxClockSkewMs: number
  /** How long a question stays open for its late answer once its budget is over. */
  readonly lateWaitMs: number
  /** With an override in force LIVE gets no longer than this: the caller need not wait for it. */
  readonly overrideWaitMs: number
  /** Reading pauses with more open lookups than this, and goes on below half. */
  readonly openMax: number
  /** `first`: fresh facts in the cache are used without asking LIVE. */
  readonly cache: 'after-live' | 'first'
  readonly retry: RetrySettings
  readonly breaker: BreakerSettings
  readonly bulkhead: BulkheadSettings
}

export const ENRICHER_DEFAULTS: EnricherSettings = {
  maxClockSkewMs: 50,
  lateWaitMs: 5000,
  overrideWaitMs: 250,
  openMax: 20_000,
  cache: 'after-live',
  retry: RETRY_DEFAULTS,
  breaker: BREAKER_DEFAULTS,
  bulkhead: BULKHEAD_DEFAULTS,
}
