/** The calls that broke a promise, told one by one. Pure: records in, lines out. */
import { timelineOf } from '../audit/show/timeline.ts'
import type { Topics } from '../audit/verify/evidence.ts'
import type { PromiseVerdict } from '../audit/verify/verify.ts'
import type { DecisionAudited } from '../../schemas/records.ts'

const STORIES_MAX = 3

/** At most three, of different promises first; a call that the audit does not know is not told. */
export function storiesOf(
  topics: Topics,
  verdicts: readonly PromiseVerdict[],
): readonly (readonly string[])[] {
  const decisions = topics.decisions.flatMap(({ value }): DecisionAudited[] =>
    value ? [value] : [],
  )
  const byCall = Map.groupBy(decisions, ({ callId }) => callId)
  const late = Map.groupBy(
    topics.late.flatMap(({ value }) => (value === null ? [] : [value])),
    ({ decisionId }) => decisionId,
  )
  const broken = verdicts.filter(({ breaches }) => breaches.length > 0)
  const told = new Set<string>()
  return broken
    .flatMap(({ id, breaches }): (readonly string[])[] => {
      const breach = breaches.find(
        ({ callId }) => callId !== undefined && byCall.has(callId) && !told.has(callId),
      )
      if (breach?.callId === undefined) return []
      told.add(breach.callId)
      const lines = (byCall.get(breach.callId) ?? []).flatMap((decision) =>
        timelineOf({ decision, late: late.get(decision.decisionId) ?? [] }),
      )
      return [[`${id}: ${breach.what}`, ...lines]]
    })
    .slice(0, STORIES_MAX)
}
