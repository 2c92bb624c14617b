/**
 * Promises a simulated world can check beyond those of the independent checker, because it knows at
 * which moment who was at work: what enrichers owe, that what was there is used, and that what is
 * decided is not decided again.
 */
import type { CallRouted } from '../../schemas/records.ts'
import type { Takeover } from './attendance.ts'
import {
  type Circumstances,
  decideByOf,
  decisionsOf,
  firstArrivals,
  firstDecisions,
  firstLookups,
  idOf,
  isKnown,
  type Lapse,
  overlaps,
  SEEN_AFTER_MS,
} from './circumstances.ts'
import { DEPENDENCIES, type Dependency } from './dependencies.ts'

/** From the end of a budget until its record is in the log: two ways, and a place in a queue. */
const BUDGET_SLACK_MS = 200

/** §5: a crash repeats lookups and loses none, and what is settled is settled when its budget ends. */
export function everyDependencyAsked(world: Circumstances): Lapse[] {
  const lookups = firstLookups(world)
  const lapses: Lapse[] = []
  for (const [id, arrival] of firstArrivals(world)) {
    const { callId } = arrival.value
    const { partition, appendedAt } = arrival
    for (const dependency of DEPENDENCIES) {
      const settled = lookups.get(`${id} ${dependency}`)
      const outages = world.enricherOutages(dependency, partition)
      if (settled === undefined) {
        // Nobody fetches a schema for a call whose time is over.
        const decideBy = decideByOf(arrival, world)
        if (world.foreign.has(callId) && overlaps(outages, appendedAt, decideBy)) continue
        lapses.push({ callId, what: `${id} was never settled by ${dependency}` })
        continue
      }
      const dueMs = settledBy(world, arrival, dependency)
      const lateMs = settled.appendedAt - dueMs
      if (lateMs <= 0 || overlaps(outages, appendedAt, settled.appendedAt)) continue
      lapses.push({ callId, what: `${id} was settled by ${dependency} ${lateMs} ms too late` })
    }
  }
  return lapses
}

type Arrival = Parameters<typeof decideByOf>[0]

/** Budget = min(timeout, time left to decideBy − enricherMargin), from the arrival's append (§5). */
function settledBy(world: Circumstances, arrival: Arrival, dependency: Dependency): number {
  const { policy, plan } = world
  const declared = policy.dependencies.find(({ name }) => name === dependency)
  const latest = decideByOf(arrival, world) - policy.margins.enricherMs
  // One that needs another begins its timeout when that has settled.
  const timeoutMs =
    declared === undefined || declared.needs !== null ? Infinity : declared.timeoutMs
  const slackMs = plan.maxClockSkewMs + plan.fetch.msMax + 3 * plan.latencyMsMax + BUDGET_SLACK_MS
  return Math.min(latest, arrival.appendedAt + timeoutMs) + slackMs
}

/** §4.4, §4.6: a decision at the deadline does without a lookup only if there was none to be read. */
export function whatWasThereIsUsed(world: Circumstances): Lapse[] {
  // Who has little room does not read on (§4.9), whatever is there.
  if (world.plan.limits !== null) return []
  const lookups = firstLookups(world)
  const lapses: Lapse[] = []
  for (const { value, partition } of world.topics.routed.filter(isKnown)) {
    if (value.trigger !== 'DEADLINE') continue
    const id = idOf(partition, value)
    for (const { dependency, outcome } of value.lookups) {
      const settled = lookups.get(`${id} ${dependency}`)
      if (outcome !== 'NO_ANSWER' || settled === undefined) continue
      const ageMs = value.decidedAt - settled.appendedAt
      const outages = world.laneOutages(value.lane, partition)
      if (ageMs <= SEEN_AFTER_MS || overlaps(outages, settled.appendedAt, value.decidedAt)) continue
      const what = `${id} was decided without the answer of ${dependency}, there for ${ageMs} ms`
      lapses.push({ callId: value.callId, what })
    }
  }
  return lapses
}

/** Who held a partition is looked at so often. */
const LOOK_MS = 100

/**
 * §4.6: who takes a partition over decides nothing without the lookups that stood there before: unlike
 * the deadline's, this promise is not excused by the takeover.
 */
export function nothingBeforeTheGate(world: Circumstances): Lapse[] {
  // With little room early lookups are dropped.
  if (world.plan.limits !== null) return []
  const lookups = firstLookups(world)
  return world.topics.routed.filter(isKnown).flatMap(({ value, partition }): Lapse[] => {
    const { lane, routerId, decidedAt, callId } = value
    // Brokers' clocks are ahead of true time: what was decided just before is no business of this gate.
    const surelyAt = decidedAt - world.plan.maxClockSkewMs
    const since = world
      .takeovers(lane, partition)
      .filter(({ memberId, atMs }) => memberId.startsWith(`${routerId}-`) && atMs <= surelyAt)
      .at(-1)
    if (since === undefined || standsIn(world, value, partition, since)) return []
    const id = idOf(partition, value)
    const toleranceMs = world.plan.maxClockSkewMs + LOOK_MS
    return value.lookups.flatMap(({ dependency, outcome }): Lapse[] => {
      const settled = lookups.get(`${id} ${dependency}`)
      if (outcome !== 'NO_ANSWER' || settled === undefined) return []
      const earlierMs = since.atMs - toleranceMs - settled.appendedAt
      if (earlierMs <= 0) return []
      const what = `${id} was decided without the answer of ${dependency}, there ${Math.round(earlierMs)} ms before ${routerId} took over`
      return [{ callId, what }]
    })
  })
}

/** How long who loses a partition stands in for the calls it held. */
const STANDS_IN_MS = 2400

/**
 * A router whose consumer was built anew is given its partitions as to a stranger. For calls it held
 * before it may stand in meanwhile, knowing what it had read.
 */
function standsIn(
  world: Circumstances,
  { lane, routerId, arrivedAt, decidedAt }: CallRouted,
  partition: number,
  since: Takeover,
): boolean {
  const skewMs = world.plan.maxClockSkewMs
  const before = world
    .takeovers(lane, partition)
    .some(
      ({ memberId, atMs }) =>
        memberId.startsWith(`${routerId}-`) && memberId !== since.memberId && atMs <= arrivedAt,
    )
  return before && decidedAt - skewMs - since.atMs <= STANDS_IN_MS
}

/** §4.6, §4.7: a request found decided is not decided again, by a successor, a zombie, another lane. */
export function nothingIsDecidedAgain(world: Circumstances): Lapse[] {
  const first = firstDecisions(world)
  return world.topics.routed.filter(isKnown).flatMap(({ value, partition, offset }): Lapse[] => {
    const id = idOf(partition, value)
    const decided = first.get(id)
    if (decided === undefined || decided.offset === offset) return []
    const afterMs = value.decidedAt - decided.appendedAt
    if (afterMs <= SEEN_AFTER_MS) return []
    // Who waits for its share of a group reads nothing meanwhile, yet keeps the deadlines it knows of.
    const blind = [...world.brokerOutages, ...world.rebalances(value.lane)]
    if (overlaps(blind, decided.appendedAt, value.decidedAt)) return []
    return [
      { callId: value.callId, what: `${id} was decided again ${Math.round(afterMs)} ms later` },
    ]
  })
}

/** §4.10: only what can't be read is decided as unreadable, or what can't yet for want of a schema. */
export function onlyTheUnreadableIsUnreadable(world: Circumstances): Lapse[] {
  const lapses: Lapse[] = []
  for (const { decision, arrival } of decisionsOf(world)) {
    const { value, partition } = decision
    if (value.trigger !== 'UNREADABLE' || arrival.key !== arrival.value.callId) continue
    const silent = overlaps(world.registryOutages, arrival.appendedAt, decision.appendedAt)
    if (world.foreign.has(value.callId) && silent) continue
    // Its schema may come too late for one that must make room.
    if (world.foreign.has(value.callId) && world.plan.limits !== null) continue
    // A schema may be asked for just before the deadline of a call that waited for its router.
    const away = overlaps(
      world.laneOutages(value.lane, partition),
      arrival.appendedAt,
      decision.appendedAt,
    )
    if (world.foreign.has(value.callId) && away) continue
    const what = `${idOf(partition, value)} can be read and was decided as unreadable`
    lapses.push({ callId: value.callId, what })
  }
  return lapses
}

/** §6: the version that governs a call follows from its append time, for every lane at any time. */
export function everyCallIsGovernedByItsVersion(world: Circumstances): Lapse[] {
  return world.topics.routed.filter(isKnown).flatMap(({ value, partition }): Lapse[] => {
    const { version } = world.policyAt(value.arrivedAt)
    if (value.policyVersion === version) return []
    const by = `${value.policyVersion.slice(0, 8)} instead of ${version.slice(0, 8)}`
    return [{ callId: value.callId, what: `${idOf(partition, value)} was decided by policy ${by}` }]
  })
}
