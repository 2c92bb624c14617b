/** Promises about what records say: an id means one thing, and lookups tell the truth about asking. */
import type { CallRouted, LookupSettled } from '../../schemas/records.ts'
import type { FaultInterval, Stored } from '../../services/audit/verify/evidence.ts'
import { canonical } from '../../services/domain/canonical.ts'
import { SETTLE_MS } from './attendance.ts'
import {
  type Circumstances,
  decideByOf,
  firstArrivals,
  firstLookups,
  idOf,
  isKnown,
  type Known,
  type Lapse,
  overlaps,
  SEEN_AFTER_MS,
} from './circumstances.ts'
import { DEPENDENCIES, type Dependency } from './dependencies.ts'

/** §4.5: whatever repeats, an id never means two things. */
export function anIdMeansOneThing({ topics }: Circumstances): Lapse[] {
  const decision = (one: { decisionId: string }): string => one.decisionId
  const event = (one: { eventId: string }): string => one.eventId
  return [
    ...ambiguous('call.routed', topics.routed, decision),
    ...ambiguous('audit.decision', topics.decisions, decision),
    ...ambiguous('audit.fallback', topics.fallbacks, event),
    ...ambiguous('audit.late', topics.late, event),
  ]
}

function ambiguous<T extends { readonly callId: string }>(
  topic: string,
  records: readonly Stored<T>[],
  idIn: (value: T) => string,
): Lapse[] {
  const meanings = new Map<string, string>()
  return records.filter(isKnown).flatMap(({ value }): Lapse[] => {
    const id = idIn(value)
    // Two routers may come to the same decision in the same millisecond.
    const meaning = canonical({ ...value, routerId: '', routedAt: null, digest: '' })
    const known = meanings.get(id)
    if (known === undefined) meanings.set(id, meaning)
    if (known === undefined || known === meaning) return []
    return [{ callId: value.callId, what: `${id} means two things in ${topic}` }]
  })
}

/** §4.4: an answer that comes after its decision does not make a router decide again. */
export function nobodyChangesHisMind(world: Circumstances): Lapse[] {
  const first = new Map<string, Known<CallRouted>>()
  return world.topics.routed.filter(isKnown).flatMap((decision): Lapse[] => {
    const { value, partition, appendedAt } = decision
    const { arrivalAt, routerId, callId } = value
    const key = `${routerId} ${arrivalAt.partition}/${arrivalAt.offset}`
    const before = first.get(key)
    if (before === undefined) first.set(key, decision)
    if (before === undefined || usedBy(before.value) === usedBy(value)) return []
    // Who lost the partition meanwhile begins anew.
    const outages = world.laneOutages(value.lane, partition)
    if (overlaps(outages, before.value.decidedAt, appendedAt)) return []
    const what = `${idOf(partition, value)} was decided twice by ${routerId}, from other answers`
    return [{ callId, what }]
  })
}

const usedBy = ({ lookups }: CallRouted): string =>
  JSON.stringify(lookups.map(({ settledOffset }) => settledOffset))

/** Each arrival with the first record of each dependency. */
function* askedOf(world: Circumstances) {
  const lookups = firstLookups(world)
  for (const [id, arrival] of firstArrivals(world)) {
    for (const dependency of DEPENDENCIES) {
      const settled = lookups.get(`${id} ${dependency}`)
      const spec = world.policy.dependencies.find(({ name }) => name === dependency)
      if (settled === undefined || spec === undefined) continue
      const needs = spec.needs === null ? null : lookups.get(`${id} ${spec.needs.dependency}`)
      const away = world.enricherOutages(dependency, arrival.partition)
      yield { id, arrival, dependency, spec, settled, needs: needs ?? null, away }
    }
  }
}

/** §5: what is needed is used when it is there, and NEEDS_UNMET is told at once when it is not. */
export function needsAreNoticed(world: Circumstances): Lapse[] {
  const lapses: Lapse[] = []
  for (const { id, arrival, dependency, spec, settled, needs, away } of askedOf(world)) {
    if (spec.needs === null || needs === null || world.plan.limits !== null) continue
    const { callId } = arrival.value
    const unmet = settled.value.cause === 'NEEDS_UNMET'
    const known = (needs.value.facts[spec.needs.fact] ?? null) !== null
    const from = arrival.appendedAt
    const to = settled.appendedAt
    if ((known && !unmet) || overlaps(hidden(world), from, to)) continue
    // Who takes over reads what was said before: a takeover is no excuse for long.
    const taken = away.filter(({ fromMs, toMs }) => fromMs <= to && from <= toMs)
    const there = taken.map(({ toMs }) => toMs - SETTLE_MS)
    const waitedMs = to - Math.max(needs.appendedAt, from, ...there)
    if (waitedMs <= SEEN_AFTER_MS) continue
    const what = known
      ? `${id}: ${dependency} says NEEDS_UNMET of what was there for ${waitedMs} ms`
      : `${id}: ${dependency} says after ${waitedMs} ms what was clear at once`
    lapses.push({ callId, what })
  }
  return lapses
}

const hidden = ({ brokerOutages, registryOutages }: Circumstances) => [
  ...brokerOutages,
  ...registryOutages,
]

/** Callers are looked up in these by their number. */
const BY_NUMBER: ReadonlySet<Dependency> = new Set(['crm', 'priority'])

/** §5: a withheld number is not used to look anybody up, also where the switch sent it along. */
export function withheldNumbersAreNotUsed(world: Circumstances): Lapse[] {
  return [...askedOf(world)].flatMap(({ id, arrival, dependency, settled }): Lapse[] => {
    const { aniPresentation, callId } = arrival.value
    if (aniPresentation === 'ALLOWED' || !BY_NUMBER.has(dependency)) return []
    if (settled.value.attempts === 0) return []
    return [{ callId, what: `${id}: ${dependency} was asked with a withheld number` }]
  })
}

/** Stamps are in true time, and the age is told as of the settling. */
const AGE_TOLERANCE_MS = 60_000

/** §5: freshness is a state, told by the source's own time. */
export function staleIsTold({ topics, policy }: Circumstances): Lapse[] {
  return topics.lookups.filter(isKnown).flatMap(({ value, partition, appendedAt }): Lapse[] => {
    const { dependency, syncedAt, origin, stale } = value
    const spec = policy.dependencies.find(({ name }) => name === dependency)
    const staleAfterMs = spec?.staleAfterMs ?? null
    if (staleAfterMs === null || syncedAt === null || !hasFacts(value)) return []
    if (origin !== 'LIVE' && origin !== 'CACHE') return []
    const overMs = appendedAt - syncedAt - staleAfterMs
    if (Math.abs(overMs) < AGE_TOLERANCE_MS || overMs > 0 === stale) return []
    const about = stale ? 'calls fresh facts stale' : 'passes old facts off as fresh'
    return [{ callId: value.callId, what: `${idOf(partition, value)}: ${dependency} ${about}` }]
  })
}

/** §5: the cache is read only when LIVE fails, and then it is told why LIVE did. */
export function theCacheStandsInOnly({ topics }: Circumstances): Lapse[] {
  return topics.lookups.filter(isKnown).flatMap(({ value, partition }): Lapse[] => {
    const { callId, cause, dependency, origin } = value
    if (origin !== 'CACHE' || cause !== null) return []
    const what = `${idOf(partition, value)}: ${dependency} answered from the cache, and nothing says why`
    return [{ callId, what }]
  })
}

const hasFacts = ({ facts }: LookupSettled): boolean => Object.keys(facts).length > 0

/** A lookup's time is told as of its settling; from there to the log it is on its way. */
const ON_ITS_WAY_MS = 300

/** §5: how long a caller waited counts from the arrival's append, whoever asked and when. */
export function waitsAreToldFromTheArrival(world: Circumstances): Lapse[] {
  const { plan } = world
  const toleranceMs = ON_ITS_WAY_MS + plan.maxClockSkewMs + 4 * plan.latencyMsMax
  return [...askedOf(world)].flatMap((asked): Lapse[] => {
    const { id, arrival, dependency, spec, settled } = asked
    if (spec.needs !== null) return []
    const frozen = world
      .enrichersAway(dependency, arrival.partition)
      .map(({ fromMs, toMs }) => ({ fromMs, toMs: toMs - SETTLE_MS }))
    const offMs = settled.appendedAt - arrival.appendedAt - settled.value.latencyMs
    if (Math.abs(offMs) <= toleranceMs) return []
    // A restart is no excuse: what it costs is part of the wait. A broker that hides records is.
    if (overlaps(world.brokerOutages, arrival.appendedAt - OLD_ESTIMATE_MS, settled.appendedAt)) {
      return []
    }
    if (overlaps(world.registryOutages, arrival.appendedAt, settled.appendedAt)) return []
    if (overlaps(frozen, settled.appendedAt - FROZEN_MS, settled.appendedAt)) return []
    const what = `${id}: ${dependency} tells a wait that is ${Math.round(offMs)} ms off`
    return [{ callId: arrival.value.callId, what }]
  })
}

/** So long an estimate of broker time may be of use. */
const OLD_ESTIMATE_MS = 10_000
/** Who was frozen just before may have settled long before his record came out. */
const FROZEN_MS = 500

/** §5: a request past its time is not looked up, however late it is read. */
export function theExpiredAreNotAsked(world: Circumstances): Lapse[] {
  const { policy, plan } = world
  return [...askedOf(world)].flatMap(({ id, arrival, dependency, settled }): Lapse[] => {
    const { value } = settled
    // Cache and override stand in for what is not asked.
    if (value.attempts === 0) return []
    const endsAt = decideByOf(arrival, world) - policy.margins.enricherMs
    // Nobody was there from before its arrival until its time was over.
    const missed = world
      .enrichersAway(dependency, arrival.partition)
      .some(
        ({ fromMs, toMs }) =>
          fromMs < arrival.appendedAt - plan.maxClockSkewMs - HEARD_MS &&
          toMs - SETTLE_MS > endsAt + plan.maxClockSkewMs + LOOK_EVERY_MS &&
          settled.appendedAt > endsAt,
      )
    if (!missed || overlaps(world.brokerOutages, arrival.appendedAt, settled.appendedAt)) return []
    const what = `${id}: ${dependency} was asked when its time was over (${value.outcome})`
    return [{ callId: arrival.value.callId, what }]
  })
}

/** Who lost its partition goes on until it hears of it. */
const HEARD_MS = 1500
/** How exactly it is known when nobody was there. */
const LOOK_EVERY_MS = 200

/** How long a breaker may stay open after what opened it: until somebody asks again. */
const OPEN_MS_MAX = 60_000

/** §5: the breaker is blind to errors that concern one record only. */
export function recordsOpenNoCircuit(
  { topics }: Circumstances,
  faults: readonly FaultInterval[],
): Lapse[] {
  return topics.lookups.filter(isKnown).flatMap(({ value, partition, appendedAt }): Lapse[] => {
    if (value.cause !== 'CIRCUIT_OPEN') return []
    const blamed = faults.some(
      ({ dependency, mode, fromMs, toMs }) =>
        dependency === value.dependency &&
        mode !== 'badJson' &&
        fromMs <= appendedAt &&
        appendedAt <= toMs + OPEN_MS_MAX,
    )
    if (blamed) return []
    const what = `${idOf(partition, value)}: the circuit of ${value.dependency} opened for nothing`
    return [{ callId: value.callId, what }]
  })
}

/** An override that began or ended so long ago is in force, or over, for everybody. */
const OVERRIDE_HEARD_MS = 1500

/** §5: a manual override wins over LIVE and cache, until it expires. */
export function overridesWin(world: Circumstances, startMs: number): Lapse[] {
  const { plan, brokerOutages } = world
  return [...askedOf(world)].flatMap(({ id, arrival, dependency, settled, away }): Lapse[] => {
    const at = settled.appendedAt
    const set = plan.faults.flatMap((fault) => {
      if (fault.kind !== 'override' || fault.dependency !== dependency) return []
      const fromMs = startMs + fault.atMs
      return fromMs > at ? [] : [{ fromMs, toMs: fromMs + fault.forMs }]
    })
    const last = set.toSorted((a, b) => b.fromMs - a.fromMs)[0]
    if (last === undefined || arrival.appendedAt - last.fromMs < OVERRIDE_HEARD_MS) return []
    if (overlaps([...away, ...brokerOutages], last.fromMs, at)) return []
    const marginMs = plan.maxClockSkewMs + ON_ITS_WAY_MS
    const stands = settled.value.origin === 'OVERRIDE'
    if (at < last.toMs - marginMs && !stands) {
      return [{ callId: arrival.value.callId, what: `${id}: an override of ${dependency} lost` }]
    }
    if (at > last.toMs + marginMs + OVERRIDE_HEARD_MS && stands) {
      return [
        { callId: arrival.value.callId, what: `${id}: an override of ${dependency} was over` },
      ]
    }
    return []
  })
}
