/** I1 to I4: every call is answered, once, for a reason, on time. */
import type { CallArrived, CallRouted } from '../../../schemas/records.ts'
import type { Breach, Evidence, Finding, Stored } from './evidence.ts'
import { effectiveDecisions, isReadable, nameOf, placeOf, type Readable } from './requests.ts'

/** I1: every arrival acknowledged to its producer has a decision. */
export function everyArrivalDecided(evidence: Evidence): Finding {
  const { topics } = evidence
  const decided = new Set<string>()
  const decidedPlaces = new Set<string>()
  for (const record of topics.routed.filter(isReadable)) {
    decided.add(nameOf(record.value))
    decidedPlaces.add(placeOf(record.value.arrivalAt.partition, record.value.arrivalAt.offset))
  }
  const owed = evidence.acked ?? topics.arrived.flatMap(asAcked)
  const breaches = owed
    .filter(
      (one) => !decided.has(nameOf(one)) && !decidedPlaces.has(placeOf(one.partition, one.offset)),
    )
    .map((one): Breach => ({ callId: one.callId, what: `${nameOf(one)} was never decided` }))
  return { checked: owed.length, breaches }
}

/**
 * An unreadable arrival with a key is owed a decision too, under the key's name: so is one whose value
 * names another call. One without a key has nobody to answer.
 */
function asAcked({ key, value, requestNo, partition, offset }: Stored<CallArrived>) {
  if (key === null || key === '') return []
  const given = value !== null && value.callId === key ? value.requestNo : (requestNo ?? 1)
  return [{ callId: key, requestNo: given, partition, offset }]
}

/** I2: exactly one effective decision per route request, the same for the ACD and for the audit. */
export function oneEffectiveDecision(evidence: Evidence): Finding {
  const breaches: Breach[] = []
  const effective = effectiveDecisions(evidence.topics)
  const idOf = new Map<string, string>()
  for (const [name, records] of effective) {
    const [first, ...others] = records
    if (first === undefined) continue
    const { callId, decisionId } = first.value
    idOf.set(name, decisionId)
    if (others.length > 0) {
      const partitions = records.map((one) => one.partition).join(' and ')
      breaches.push({ callId, what: `${name} has effective decisions in partitions ${partitions}` })
    }
  }
  breaches.push(...actedTwice(evidence, idOf), ...auditDisagrees(evidence, idOf))
  return { checked: effective.size, breaches }
}

function actedTwice({ delivered = [] }: Evidence, idOf: Map<string, string>): Breach[] {
  const acted = new Set<string>()
  return delivered.flatMap((one): Breach[] => {
    const name = nameOf(one)
    const again = acted.has(name)
    acted.add(name)
    if (again) return [{ callId: one.callId, what: `the ACD acted twice on ${name}` }]
    if (idOf.get(name) === one.decisionId) return []
    return [
      { callId: one.callId, what: `the ACD acted on a decision of ${name} that is not effective` },
    ]
  })
}

function auditDisagrees({ topics }: Evidence, idOf: Map<string, string>): Breach[] {
  const audited = new Map<string, Set<string>>()
  for (const { value } of topics.decisions.filter(isReadable)) {
    if (!value.effective) continue
    const name = nameOf(value)
    audited.set(name, (audited.get(name) ?? new Set()).add(value.decisionId))
  }
  return [...idOf].flatMap(([name, decisionId]): Breach[] => {
    const ids = audited.get(name)
    const callId = name.slice(0, name.lastIndexOf('#'))
    if (ids === undefined) return [{ callId, what: `${name} is missing from audit.decision` }]
    if (ids.size === 1 && ids.has(decisionId)) return []
    return [{ callId, what: `audit.decision calls another decision of ${name} effective` }]
  })
}

/** What an arrival may be called: by its value and, while that can't be read, by its key. */
function namesOf({ value, key }: Stored<CallArrived>): readonly string[] {
  return [value?.callId ?? null, key].filter((name) => name !== null)
}

/** I3: no decision without an arrival. */
export function noDecisionWithoutArrival(evidence: Evidence): Finding {
  const { topics } = evidence
  const arrivals = new Map(
    topics.arrived.map((one) => [placeOf(one.partition, one.offset), namesOf(one)]),
  )
  const decisions = topics.routed.filter(isReadable).filter((one) => hasArrivalHeld(evidence, one))
  const breaches = decisions.flatMap(({ value, partition }): Breach[] => {
    const { arrivalAt, callId } = value
    if (partition !== arrivalAt.partition) {
      return [
        { callId, what: `${nameOf(value)} was written to another partition than its arrival's` },
      ]
    }
    const place = placeOf(arrivalAt.partition, arrivalAt.offset)
    const names = arrivals.get(place)
    if (names === undefined) {
      return [
        {
          callId,
          what: `${nameOf(value)} was decided for an arrival at ${place} that is not there`,
        },
      ]
    }
    if (names.length > 0 && !names.includes(callId)) {
      return [
        {
          callId,
          what: `${nameOf(value)} was decided for the arrival of another call at ${place}`,
        },
      ]
    }
    return []
  })
  return { checked: decisions.length, breaches }
}

/**
 * I4: an effective decision's append time is at most decideBy + maxClockSkew, outages apart. decideBy
 * is worked out again from the arrival.
 */
export function decidedOnTime(evidence: Evidence): Finding {
  const arrivals = new Map(
    evidence.topics.arrived.map((one) => [placeOf(one.partition, one.offset), one]),
  )
  const effective = [...effectiveDecisions(evidence.topics).values()]
    .flat()
    .filter((one) => hasArrivalHeld(evidence, one))
  const breaches = effective.flatMap((record): Breach[] => {
    const { arrivalAt, callId } = record.value
    const arrival = arrivals.get(placeOf(arrivalAt.partition, arrivalAt.offset))
    if (arrival === undefined) return []
    const windowMs = evidence.windowOf?.(record.value.policyVersion) ?? evidence.windowMs
    const limitMs = Math.min(windowMs, limitOf(arrival))
    const decideBy = arrival.appendedAt + limitMs
    const lateMs = record.appendedAt - decideBy
    if (
      lateMs <= evidence.maxClockSkewMs ||
      inOutage(evidence, arrival.appendedAt, record.appendedAt)
    ) {
      return []
    }
    return [{ callId, what: `${nameOf(record.value)} was decided ${lateMs} ms after decideBy` }]
  })
  return { checked: effective.length, breaches }
}

/** False once its arrival is older than call.arrived is kept: then nothing can be said of the two. */
function hasArrivalHeld({ heldFrom }: Evidence, { value }: Readable<CallRouted>): boolean {
  const { partition, offset } = value.arrivalAt
  return heldFrom === undefined || offset >= heldFrom('call.arrived', partition)
}

/** A value that names another call than its key is not believed. */
const limitOf = ({ value, key }: Stored<CallArrived>): number =>
  value === null || value.callId !== key ? Infinity : (value.decideWithinMs ?? Infinity)

function inOutage({ outages = [] }: Evidence, fromMs: number, toMs: number): boolean {
  return outages.some((outage) => outage.fromMs <= toMs && fromMs <= outage.toMs)
}
