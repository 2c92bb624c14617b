/** I5: every fallback of an effective decision is audited once, with the reason really done to it. */
import type {
  CallRouted,
  DecisionAudited,
  Fallback,
  FallbackApplied,
} from '../../../schemas/records.ts'
import { spoiledAnswers } from './answers.ts'
import type { Breach, Evidence, FaultInterval, Finding } from './evidence.ts'
import {
  differences,
  effectiveDecisions,
  groupBy,
  isReadable,
  nameOf,
  placeOf,
  type Readable,
} from './requests.ts'

export function everyFallbackAudited(evidence: Evidence): Finding {
  const effective = [...effectiveDecisions(evidence.topics).values()].flat()
  const audited = groupBy(
    evidence.topics.fallbacks.filter(isReadable).map((one) => one.value),
    (one) => keyOf(one.decisionId, one.dependency, one.reason),
  )
  const expected = new Set<string>()
  const breaches: Breach[] = []
  let checked = 0
  for (const record of effective) {
    for (const fallback of record.value.fallbacks) {
      checked += 1
      const key = keyOf(record.value.decisionId, fallback.dependency, fallback.reason)
      expected.add(key)
      const where = `call.routed ${placeOf(record.partition, record.offset)}`
      breaches.push(...auditedOnce(record.value, where, fallback, audited.get(key) ?? []))
      breaches.push(...reallyDone(record, fallback, evidence.faults ?? []))
    }
    breaches.push(...hiddenFaults(record))
    breaches.push(...spoiledAnswers(record, evidence))
  }
  for (const { value, where } of toldByAuditAlone(evidence)) {
    for (const fallback of value.fallbacks) {
      checked += 1
      const key = keyOf(value.decisionId, fallback.dependency, fallback.reason)
      expected.add(key)
      breaches.push(...auditedOnce(value, where, fallback, audited.get(key) ?? []))
    }
  }
  for (const [key, records] of audited) {
    if (expected.has(key)) continue
    const [first] = records
    if (first === undefined) continue
    const what = `audit.fallback tells ${first.reason} of ${nameOf(first)}, which has no such fallback`
    breaches.push({ callId: first.callId, what })
  }
  return { checked, breaches }
}

const keyOf = (decisionId: string, dependency: string, reason: string): string =>
  `${decisionId} ${dependency} ${reason}`

/** Effective decisions that call.routed is too old to hold: the audit's own copy has their reasons. */
function toldByAuditAlone({ topics, heldFrom }: Evidence) {
  if (heldFrom === undefined) return []
  return topics.decisions
    .filter(isReadable)
    .filter(({ value: { effective, routedAt } }) => {
      return effective && routedAt.offset < heldFrom('call.routed', routedAt.partition)
    })
    .map(({ value, partition, offset }) => {
      return { value, where: `audit.decision ${placeOf(partition, offset)}` }
    })
}

function auditedOnce(
  decision: CallRouted | DecisionAudited,
  where: string,
  fallback: Fallback,
  records: readonly FallbackApplied[],
): Breach[] {
  const { callId } = decision
  const about = `${fallback.reason} of ${nameOf(decision)} (${where})`
  if (records.length === 0) return [{ callId, what: `${about} is missing from audit.fallback` }]
  const ids = new Set(records.map((one) => one.eventId))
  if (ids.size > 1)
    return [{ callId, what: `${about} has ${ids.size} event ids in audit.fallback` }]
  const altered = new Set(
    records.flatMap((one) => differences(fallbackTold(decision, fallback), one)),
  )
  if (altered.size === 0) return []
  const fields = [...altered].join(', ')
  return [{ callId, what: `${about} is told differently in audit.fallback: ${fields}` }]
}

/** What audit.fallback must say; substituted facts pass by audit class and are left out. */
function fallbackTold(
  decision: CallRouted | DecisionAudited,
  { substituted: _facts, ...fallback }: Fallback,
) {
  const { target, ruleId, policyVersion, trigger, arrivedAt } = decision
  const { callerToken, tokenKeyId, callerMasked } = decision
  const route = { target, ruleId, policyVersion, trigger, arrivedAt }
  return { ...fallback, ...route, callerToken, tokenKeyId, callerMasked }
}

/** A lookup that gave no live, fresh, complete answer must have left a reason. */
function hiddenFaults({ value }: Readable<CallRouted>): Breach[] {
  if (value.trigger === 'UNREADABLE') return []
  const told = new Set(value.fallbacks.map((one) => one.dependency))
  return value.lookups.flatMap((lookup): Breach[] => {
    const clean =
      lookup.outcome === 'NOT_NEEDED' ||
      (lookup.outcome === 'FOUND' &&
        lookup.origin === 'LIVE' &&
        !lookup.stale &&
        lookup.missing.length === 0)
    if (clean || told.has(lookup.dependency)) return []
    const what = `${nameOf(value)} hides that ${lookup.dependency} gave ${lookup.outcome}`
    return [{ callId: value.callId, what }]
  })
}

/**
 * Which causes a fault can show. A breaker opened by a fault answers CIRCUIT_OPEN for it, and what
 * waits behind a hanging dependency is QUEUED or OVERLOADED. `*` stands for any fault: what was asked
 * while one held may be told once it is over.
 */
const EXPLAINS: { readonly [mode: string]: readonly string[] } = {
  hang: ['RESPONSE', 'CONNECT', 'QUEUED'],
  // Slow answers hold connections: who gets one at last may run out of time while it opens.
  latency: ['RESPONSE', 'QUEUED', 'CONNECT'],
  drip: ['RESPONSE', 'QUEUED', 'CONNECT'],
  // Many more ask at once than it serves in the time.
  crowd: ['RESPONSE', 'QUEUED', 'CONNECT'],
  unreachable: ['UNREACHABLE', 'CONNECT', 'RESPONSE', 'QUEUED'],
  refuse: ['UNREACHABLE', 'CONNECT'],
  down: ['UNREACHABLE', 'CONNECT', 'ERROR_STATUS', 'RESPONSE'],
  reset: ['UNREACHABLE', 'BAD_RESPONSE', 'CONNECT', 'RESPONSE'],
  status: ['ERROR_STATUS'],
  badJson: ['BAD_RESPONSE'],
  wrongTypes: ['BAD_RESPONSE'],
  hugeBody: ['BAD_RESPONSE'],
  wrongCaller: ['BAD_RESPONSE'],
  // Whoever was asking lost the connection; whoever comes is turned away (OVERLOADED).
  full: ['UNREACHABLE'],
  // A database that is one session for all keeps new connections waiting as well.
  lockWait: ['RESPONSE', 'QUEUED', 'ERROR_STATUS', 'CONNECT'],
  // Its enricher was away: whoever took the call up had a scrap of its time left.
  unattended: ['RESPONSE', 'QUEUED', 'CONNECT'],
}

const FOLLOWS_ANY_FAULT: ReadonlySet<string> = new Set(['CIRCUIT_OPEN', 'OVERLOADED'])

/** How long after a fault a breaker or a queue may still speak of it. */
const AFTERMATH_MS = 15_000

/** Causes that speak of the caller or of another dependency, not of this one's health. */
const NOT_THE_DEPENDENCY: ReadonlySet<string> = new Set([
  'CALLER_WITHHELD',
  'NEEDS_UNMET',
  'CALL_EXPIRED',
  'SCHEMA_UNAVAILABLE',
])

const TIMEOUTS: ReadonlySet<string> = new Set(['QUEUED', 'CONNECT', 'RESPONSE'])

/**
 * What waited for another dependency, or for a schema, may be left with a scrap of time in which no
 * healthy system answers: then the scrap is the reason, not a fault. Not more: with a slow CRM, whatever
 * needs it has no more than half a second, and its timeouts are to be held against something. Budgets
 * count from the arrival: that nobody took a call up for a while does not show in them (`unattended`).
 */
const SHORT_BUDGET_MS = 250

function reallyDone(
  record: Readable<CallRouted>,
  fallback: Fallback,
  faults: readonly FaultInterval[],
): Breach[] {
  const { value } = record
  const cause = fallback.cause
  // An arrival that can't be read tells of itself; its dead letter is held against it by I8.
  if (value.trigger === 'UNREADABLE') return []
  if (faults.length === 0 || cause === null || NOT_THE_DEPENDENCY.has(cause)) return []
  const done = faults.filter(
    (one) =>
      one.dependency === fallback.dependency &&
      one.mode !== 'healthy' &&
      one.fromMs <= record.appendedAt &&
      one.toMs >= value.arrivedAt - AFTERMATH_MS,
  )
  const during = done.filter((one) => one.toMs >= value.arrivedAt)
  const budgetMs = value.lookups.find((one) => one.dependency === fallback.dependency)?.budgetMs
  if (TIMEOUTS.has(cause) && budgetMs !== undefined && budgetMs < SHORT_BUDGET_MS) return []
  const explained = FOLLOWS_ANY_FAULT.has(cause)
    ? done.length > 0
    : during.some((one) => EXPLAINS[one.mode]?.includes(cause) ?? false)
  if (explained) return []
  const modes = [...new Set(during.map((one) => one.mode))].join(', ') || 'nothing'
  const what = `${nameOf(value)} tells ${cause} of ${fallback.dependency}, to which was done: ${modes}`
  return [{ callId: value.callId, what }]
}
