/**
 * What an outage of the brokers does to systems of record. Calls that gathered unread are read at once
 * and asked about at once: hundreds instead of a few, on a machine that is just getting up again. Timeouts
 * of a system to which nothing was done are then its crowd's, and real. Pure; the stretches are computed
 * (outages.ts).
 */
import type { FaultInterval } from '../audit/verify/evidence.ts'
import type { Span } from './spans.ts'

/** Who calls while the crowd is served stands behind it: one window. */
export function crowdsAfter(
  unread: readonly Span[],
  dependency: string,
  windowMs: number,
): readonly FaultInterval[] {
  return unread.map(({ fromMs, toMs }) => ({
    dependency,
    mode: 'crowd',
    fromMs,
    toMs: toMs + windowMs,
    // Of those who stand in line some are served: a live answer is no lie.
    share: 0,
  }))
}
