/** Which calls were late without an excuse. Stricter than overlap: a call is excused by its due time. */
import type { Life } from './measure.ts'
import { holds, type Span } from './spans.ts'

/**
 * Calls decided after their decideBy, although that lay in no outage: one that was due before the outage
 * or after it should have been on time.
 */
export function lateUnexcused(
  lives: readonly Life[],
  outages: readonly Span[],
  maxClockSkewMs: number,
): readonly Life[] {
  return lives.filter(
    ({ decidedAt, decideBy }) =>
      decidedAt !== Infinity && decidedAt - decideBy > maxClockSkewMs && !holds(outages, decideBy),
  )
}
