/** What a rate must keep to count as borne; fixed here, before any run. */
import type { LoadResult } from './load.ts'

export const OBJECTIVE = {
  /** From the append of the arrival to that of the decision; lookups are instant, so all is overhead. */
  overheadP99Ms: 150,
  late: 0,
  undecided: 0,
  doubled: 0,
  /** After the last arrival; more means that work had piled up. */
  catchUpMs: 2000,
  /** The sending side itself must have kept up, or it was not this rate. */
  sendingP99Ms: 100,
} as const

/** What was broken, in words; empty when the rate was borne. */
export function brokenBy(result: LoadResult): readonly string[] {
  const { stored, late, undecided, doubled, catchUpMs, unacknowledged, sending } = result
  const broken = [
    stored.p99 > OBJECTIVE.overheadP99Ms && `p99 ${stored.p99} ms`,
    late > OBJECTIVE.late && `${late} late`,
    undecided > OBJECTIVE.undecided && `${undecided} undecided`,
    doubled > OBJECTIVE.doubled && `${doubled} decided twice`,
    unacknowledged > 0 && `${unacknowledged} not acknowledged`,
    catchUpMs > OBJECTIVE.catchUpMs && `${catchUpMs} ms to catch up`,
    sending.p99 > OBJECTIVE.sendingP99Ms && `sent up to ${sending.p99} ms late (p99)`,
  ]
  return broken.filter((each) => each !== false)
}
