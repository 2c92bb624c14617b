/** Which calls were late without an excuse. Stricter than overlap: a call is excused by its due time. */
import { BOUNDS } from './bounds.ts'
import type { Life } from './measure.ts'
import type { Span } from './spans.ts'

/**
 * Calls decided after their decideBy, although that lay in no outage: one that was due before the outage
 * or after it should have been on time. One that was due in it has to be decided soon after its end.
 */
export function lateUnexcused(
  lives: readonly Life[],
  outages: readonly Span[],
  maxClockSkewMs: number,
): readonly Life[] {
  const isExcused = ({ decidedAt, decideBy }: Life): boolean =>
    outages.some(
      ({ fromMs, toMs }) =>
        fromMs <= decideBy && decideBy <= toMs && decidedAt <= toMs + BOUNDS.overdueDrainedMs.limit,
    )
  return lives.filter(
    (life) =>
      life.decidedAt !== Infinity &&
      life.decidedAt - life.decideBy > maxClockSkewMs &&
      !isExcused(life),
  )
}
