/** What a rate must keep to count as borne; fixed here, before any run. Pure. */
import { growthMs } from './measure/backlog.ts'
import type { GroupLag } from './measure/lag.ts'
import type { Measured } from './results.ts'

/** Calls a second that the product promises to bear for minutes (design §10). */
export const PROMISED_PER_S = { 'crosspoint-instant': 1500, 'crosspoint-real': 600 } as const

/** Calls a second at which the twin is to be slower and larger (design §10). */
export const COMPARED_AT_PER_S: readonly number[] = [278, 1000]

export const OBJECTIVE = {
  /** From the append of the arrival to that of the decision; lookups are instant, so all is overhead. */
  overheadP99Ms: 150,
  late: 0,
  undecided: 0,
  doubled: 0,
  /** Undecided calls may grow by so much between the first and the last third, in ms of load. */
  backlogGrowthMs: 100,
  /** No group may fall behind by more between half-way and the end, in ms of load: some commit once a second. */
  lagGrowthMs: 1500,
  /** After the last decision every group must have read and committed all there is; the auditor with them. */
  settleMs: 5000,
  /** Lookups that fail at once make calls quick: of the calls no larger share may have one. */
  failedLookupShare: 0.001,
  /** After the last arrival; more means that work had piled up. */
  catchUpMs: 2000,
  /** Arrivals must have been stored that soon after they were meant to be sent, or it was not this rate. */
  sendingP99Ms: 100,
} as const

type Judged = Pick<
  Measured,
  | 'ratePerS'
  | 'stored'
  | 'late'
  | 'undecided'
  | 'doubled'
  | 'catchUpMs'
  | 'unacknowledged'
  | 'sending'
  | 'slices'
  | 'lag'
  | 'topics'
  | 'sent'
>

/** What stands when a phase is over and had time to settle. */
export interface Aftermath {
  /** Lookups of the phase that failed or timed out; null: a service did not say. */
  readonly failedLookups: number | null
  /** Groups that have not caught up. */
  readonly behind: readonly GroupLag[]
}

/** What was broken, in words; empty when the rate was borne. */
export function brokenBy(judged: Judged, { failedLookups, behind }: Aftermath): string[] {
  const { stored, late, undecided, doubled, catchUpMs, unacknowledged, sending, sent } = judged
  const backlogMs = growthMs(judged.slices, judged.ratePerS)
  const broken = [
    stored.p99 > OBJECTIVE.overheadP99Ms && `p99 ${stored.p99} ms`,
    late > OBJECTIVE.late && `${late} late`,
    undecided > OBJECTIVE.undecided && `${undecided} undecided`,
    doubled > OBJECTIVE.doubled && `${doubled} decided twice`,
    unacknowledged > 0 && `${unacknowledged} not acknowledged`,
    backlogMs > OBJECTIVE.backlogGrowthMs && `undecided calls grow by ${backlogMs} ms of load`,
    ...lagging(judged),
    catchUpMs > OBJECTIVE.catchUpMs && `${catchUpMs} ms to catch up`,
    sending.p99 > OBJECTIVE.sendingP99Ms && `arrivals stored ${sending.p99} ms late (p99)`,
    failedLookups === null && 'a service did not say how its lookups ended',
    failedLookups !== null &&
      failedLookups > sent * OBJECTIVE.failedLookupShare &&
      `${failedLookups} lookups failed`,
    ...behind.map(({ group, topic, records }) => `${group} left ${records} of ${topic} unread`),
    unaudited(judged),
  ]
  return broken.filter((each) => each !== false)
}

/** Every decision leaves one record for analysts, whoever decides. */
function unaudited({ topics, sent, unacknowledged, undecided }: Judged): string | false {
  const audited = topics.find(({ topic }) => topic === 'audit.decision')?.records ?? 0
  const missing = sent - unacknowledged - undecided - audited
  return missing > 0 && `${missing} decisions not audited`
}

/** Groups whose lag grew over the second half; each of them reads one record a call. */
function lagging({ lag, ratePerS }: Judged): readonly string[] {
  return lag.end.flatMap(({ group, topic, records }) => {
    const before = lag.middle.find((one) => one.group === group && one.topic === topic)
    const grewMs = Math.round(((records - (before?.records ?? records)) / ratePerS) * 1000)
    return grewMs > OBJECTIVE.lagGrowthMs ? [`${group} falls behind by ${grewMs} ms of load`] : []
  })
}
