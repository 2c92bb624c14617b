/** I6 to I8: late answers, replay, poison. */
import type {
  CallRouted,
  DecisionAudited,
  LookupArrivedLate,
  LookupSettled,
} from '../../../schemas/records.ts'
import type { Breach, Evidence, Finding } from './evidence.ts'
import {
  differences,
  effectiveDecisions,
  groupBy,
  isReadable,
  nameOf,
  placeOf,
  type Readable,
} from './requests.ts'

/** I6: the first settled record counts, and a live answer that came too late is recorded. */
export function lateAnswersRecorded({ topics }: Evidence): Finding {
  const lookups = groupBy(
    topics.lookups.filter(isReadable),
    (one) => `${nameOf(one.value)} ${one.value.dependency}`,
  )
  const told = new Map(
    topics.late
      .filter(isReadable)
      .map(({ value }) => [`${nameOf(value)} ${value.dependency} ${value.lookupAt.offset}`, value]),
  )
  const breaches: Breach[] = []
  let checked = 0
  for (const decision of [...effectiveDecisions(topics).values()].flat()) {
    for (const used of decision.value.lookups) {
      const name = nameOf(decision.value)
      const records = (lookups.get(`${name} ${used.dependency}`) ?? []).filter(
        (one) => one.partition === decision.partition,
      )
      checked += records.length
      const late = lateAnswer(used, records)
      if (late !== undefined) {
        const record = told.get(`${name} ${used.dependency} ${late.offset}`)
        const wrong = wronglyTold(decision, used, late, record)
        const about = `the late answer of ${used.dependency} to ${name} (call.lookup ${placeOf(late.partition, late.offset)})`
        if (wrong !== null)
          breaches.push({ callId: decision.value.callId, what: `${about} ${wrong}` })
      }
      if (notTheFirst(decision, used.settledOffset, records)) {
        const what = `${name} used an answer of ${used.dependency} that was not the first`
        breaches.push({ callId: decision.value.callId, what })
      }
    }
  }
  return { checked, breaches }
}

type Used = CallRouted['lookups'][number]

const isAnswer = (one: { origin: string; outcome: string }): boolean =>
  one.origin === 'LIVE' && ['FOUND', 'NO_MATCH', 'MULTIPLE_MATCH'].includes(one.outcome)

/** What is wrong with the record of a late answer; facts pass by audit class and are left out. */
function wronglyTold(
  decision: Readable<CallRouted>,
  used: Used,
  answer: Readable<LookupSettled>,
  record: LookupArrivedLate | undefined,
): string | null {
  if (record === undefined) return 'is missing from audit.late'
  const { decisionId, target, ruleId, policyVersion, arrivedAt } = decision.value
  const { callerToken, tokenKeyId, callerMasked } = decision.value
  const { outcome, syncedAt, latencyMs } = answer.value
  const lateByMs = answer.appendedAt - decision.appendedAt
  const route = { decisionId, routedTarget: target, routedRuleId: ruleId, policyVersion, arrivedAt }
  const caller = { callerToken, tokenKeyId, callerMasked }
  const lookup = { settledAs: used.outcome, outcome, syncedAt, latencyMs, lateByMs }
  const altered = differences({ ...route, ...caller, ...lookup }, record)
  return altered.length === 0 ? null : `is told differently in audit.late: ${altered.join(', ')}`
}

function lateAnswer(used: Used, records: readonly Readable<LookupSettled>[]) {
  if (isAnswer(used)) return undefined
  return records
    .filter((one) => isAnswer(one.value) && one.offset !== used.settledOffset)
    .toSorted((a, b) => a.offset - b.offset)[0]
}

function notTheFirst(
  { value }: Readable<CallRouted>,
  settledOffset: number | null,
  records: readonly Readable<LookupSettled>[],
): boolean {
  if (settledOffset === null) return false
  return records.some((one) => one.offset < settledOffset && one.appendedAt >= value.arrivedAt)
}

/**
 * I7: the recorded inputs give the recorded decision again, by the policy that governed its arrival; and
 * while call.routed is kept the record says what it says, and is there.
 */
export function decisionsReplay({ topics, replay, heldFrom, governing }: Evidence): Finding {
  if (replay === undefined) return { checked: 0, breaches: [] }
  const decisions = topics.decisions.filter(isReadable)
  const routed = new Map(
    topics.routed
      .filter(isReadable)
      .map((one) => [placeOf(one.partition, one.offset), one.value] as const),
  )
  const breaches = decisions.flatMap(({ value, partition, offset }): Breach[] => {
    const about = `${nameOf(value)} (audit.decision ${placeOf(partition, offset)})`
    const { routedAt, callId } = value
    const place = placeOf(routedAt.partition, routedAt.offset)
    const decision = routed.get(place)
    const held =
      heldFrom !== undefined && routedAt.offset >= heldFrom('call.routed', routedAt.partition)
    if (decision === undefined && held) {
      return [{ callId, what: `${about} tells of a decision that is not in call.routed ${place}` }]
    }
    const altered = decision === undefined ? [] : alteredFields(decision, value)
    const difference = replay(value)
    if (altered.length > 0) {
      const what = `${about} differs from call.routed ${place}: ${altered.join(', ')}`
      return [{ callId, what }]
    }
    const law = value.effective ? otherLaw(value, governing) : null
    if (law !== null) return [{ callId, what: `${about} ${law}` }]
    if (difference === null) return []
    return [{ callId, what: `${about} replays differently: ${difference}` }]
  })
  return { checked: decisions.length, breaches }
}

/** Null when it went by the policy that governed its arrival, or nobody knows which did. */
function otherLaw(
  { arrivedAt, policyVersion }: DecisionAudited,
  governing: Evidence['governing'],
): string | null {
  const governed = governing?.(arrivedAt) ?? null
  if (governed === null || governed.has(policyVersion)) return null
  const shortOf = (version: string): string => version.slice(0, 8)
  const versions = [...governed].map(shortOf).join(' or ')
  return `went by policy ${shortOf(policyVersion)}; ${versions} governed its arrival`
}

/** Fields that the audit tells otherwise than the decision; facts pass by audit class, and are left out. */
function alteredFields(decision: CallRouted, told: DecisionAudited): readonly string[] {
  const {
    context: _screen,
    callerAuth: _auth,
    summary: _words,
    transferOf: _call,
    ...kept
  } = decision
  const withoutFacts = ({ lookups, fallbacks, ...rest }: typeof kept | DecisionAudited) => ({
    ...rest,
    lookups: lookups.map(({ facts: _facts, ...lookup }) => lookup),
    // A decision that lost is told without its reasons.
    fallbacks: told.effective
      ? fallbacks.map(({ substituted: _constants, ...fallback }) => fallback)
      : [],
  })
  return differences(withoutFacts(kept), withoutFacts(told))
}

/** I8: a dead letter per unreadable record, none for others. */
export function poisonSetAside({ topics }: Evidence): Finding {
  const poison = new Set<string>()
  const read = new Set<string>()
  let checked = 0
  const sources = {
    'call.arrived': topics.arrived,
    'call.lookup': topics.lookups,
    'call.routed': topics.routed,
  }
  for (const [topic, records] of Object.entries(sources)) {
    for (const record of records) {
      const place = `${topic} ${placeOf(record.partition, record.offset)}`
      const keyFits = record.value !== null && record.key === record.value.callId
      checked += 1
      if (keyFits) read.add(place)
      else poison.add(place)
    }
  }
  const letters = new Set(
    topics.deadLetters.map((one) => `${one.topic} ${placeOf(one.partition, one.offset)}`),
  )
  const breaches: Breach[] = []
  for (const place of poison) {
    if (!letters.has(place))
      breaches.push({ what: `the unreadable record ${place} has no dead letter` })
  }
  for (const place of letters) {
    if (read.has(place)) breaches.push({ what: `the readable record ${place} was dead-lettered` })
  }
  return { checked, breaches }
}
