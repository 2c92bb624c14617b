/** Promises about when: nothing before its time, nothing later than it could be, and whose turn it is. */
import type { Outage } from '../../services/audit/verify/evidence.ts'
import { SETTLE_MS } from './attendance.ts'
import { laneSettings } from '../../services/router/settings.ts'
import {
  type Circumstances,
  decideByOf,
  decisionsOf,
  firstArrivals,
  firstDecisions,
  firstLookups,
  idOf,
  type Lapse,
  overlaps,
  SEEN_AFTER_MS,
} from './circumstances.ts'

const BACKUP_DELAY_MS = laneSettings('BACKUP').lane.overdueDelayMs
/** Broker time is estimated from acknowledgements, so it is off by half a round trip and the skew. */
const ESTIMATE_MS = 20
const ESTIMATE_WINDOW_MS = 10_000

/**
 * §4.3, Lanes: no deadline is anticipated. At its deadline a request is decided from
 * decideBy − publishMargin on; a backup publishes, whatever its trigger, from decideBy − backupMargin on,
 * and an overdue one only after a fixed delay.
 */
export function nothingBeforeItsTime(world: Circumstances): Lapse[] {
  const { publishMs, backupMs } = world.policy.margins
  const lapses: Lapse[] = []
  for (const { decision, arrival } of decisionsOf(world)) {
    const { value, partition } = decision
    if (arrival.key !== arrival.value.callId) continue
    // Nobody knows a switch's own limit while its schema is not there: the policy's window may count.
    const { trigger, lane, decidedAt } = value
    const decideBy = decideByOf(arrival, world)
    const backup = lane === 'BACKUP'
    const delayMs = backup && wasReadLate(world, arrival, decideBy) ? BACKUP_DELAY_MS : 0
    const from =
      trigger === 'LATE_START'
        ? decideBy + delayMs
        : backup
          ? decideBy - backupMs
          : trigger === 'DEADLINE'
            ? decideBy - publishMs
            : -Infinity
    const toleranceMs = world.plan.maxClockSkewMs + ESTIMATE_MS + world.plan.latencyMsMax
    const earlyMs = Math.max(from - decidedAt - 1, from - decision.appendedAt - toleranceMs)
    if (earlyMs <= 0) continue
    // Acknowledgements that took long say little of broker time; the last good one is used meanwhile.
    const unsure = arrival.appendedAt - ESTIMATE_WINDOW_MS
    if (overlaps(world.brokerOutages, unsure, decision.appendedAt)) continue
    const what = `${idOf(partition, value)} was decided as ${trigger} by the ${lane} lane ${Math.round(earlyMs)} ms before its time`
    lapses.push({ callId: value.callId, what })
  }
  return lapses
}

/** An outage begins and ends up to so long before that is seen: a heartbeat, and a look. */
const LOOKED_AT_MS = 800

/** Nobody of the backup lane was there to read it before its deadline was over. */
function wasReadLate(
  world: Circumstances,
  { partition, appendedAt }: { readonly partition: number; readonly appendedAt: number },
  decideBy: number,
): boolean {
  const skewMs = world.plan.maxClockSkewMs
  return world
    .laneOutages('BACKUP', partition)
    .some(
      ({ fromMs, toMs }) =>
        fromMs + LOOKED_AT_MS <= appendedAt - skewMs &&
        decideBy <= toMs - SETTLE_MS - skewMs - LOOKED_AT_MS,
    )
}

/** §4.2: what is certain is decided at once, by the primary lane. */
export function decidedWhenCertain(world: Circumstances): Lapse[] {
  const lookups = firstLookups(world)
  const lapses: Lapse[] = []
  for (const { decision, arrival } of decisionsOf(world)) {
    const { value, partition } = decision
    if (value.lane !== 'PRIMARY') continue
    if (value.trigger !== 'ALL_SETTLED' && value.trigger !== 'OUTCOME_CERTAIN') continue
    const id = idOf(partition, value)
    const used = value.lookups.filter(({ outcome }) => outcome !== 'NOT_NEEDED')
    const settled = used.map(
      ({ dependency }) => lookups.get(`${id} ${dependency}`)?.appendedAt ?? 0,
    )
    const certainAt = Math.max(arrival.appendedAt, ...settled)
    const waitedMs = value.decidedAt - certainAt
    if (waitedMs <= SEEN_AFTER_MS) continue
    const outages = [...world.laneOutages('PRIMARY', partition), ...heldUp(world, value.callId)]
    if (overlaps(outages, arrival.appendedAt, value.decidedAt)) continue
    lapses.push({ callId: value.callId, what: `${id} was certain for ${waitedMs} ms` })
  }
  return lapses
}

const heldUp = (world: Circumstances, callId: string): readonly Outage[] =>
  world.foreign.has(callId) ? world.registryOutages : []

/** Overdue requests of a lane that is at work are decided within so long. */
const DRAINED_WITHIN_MS = 3000

/** §4.8, Lanes: what is overdue is drained by a lane that is there; by a backup after its delay. */
export function overdueIsDrained(world: Circumstances): Lapse[] {
  const decided = firstDecisions(world)
  const lapses: Lapse[] = []
  for (const [id, arrival] of firstArrivals(world)) {
    const decision = decided.get(id)
    if (decision === undefined) continue
    const { callId } = arrival.value
    const toMs = decision.appendedAt
    const within = { PRIMARY: DRAINED_WITHIN_MS, BACKUP: BACKUP_DELAY_MS + DRAINED_WITHIN_MS }
    for (const lane of ['PRIMARY', 'BACKUP'] as const) {
      const fromMs = toMs - within[lane]
      if (decideByOf(arrival, world) > fromMs) continue
      if (overlaps(world.laneOutages(lane, arrival.partition), fromMs, toMs)) continue
      const what = `${id} was overdue for ${within[lane]} ms while the ${lane} lane was at work`
      lapses.push({ callId, what })
    }
  }
  return lapses
}

/** Brokers' clocks further apart than this make one lane's margin look like the other's. */
const LANES_APART_MS = 100

/** Lanes: while a primary is at work and brokers are healthy, its decisions are the ones that count. */
export function backupsStandBack(world: Circumstances): Lapse[] {
  if (world.plan.maxClockSkewMs > LANES_APART_MS) return []
  const lapses: Lapse[] = []
  const first = firstDecisions(world)
  for (const { decision, arrival } of decisionsOf(world)) {
    const { value, partition, appendedAt } = decision
    const id = idOf(partition, value)
    if (value.lane !== 'BACKUP' || first.get(id)?.offset !== decision.offset) continue
    const away = world.laneOutages('PRIMARY', partition)
    if (overlaps(away, arrival.appendedAt, appendedAt)) continue
    // While the registry is away, the backup may be the only one that knows a switch's schema.
    if (overlaps(heldUp(world, value.callId), arrival.appendedAt, appendedAt)) continue
    lapses.push({
      callId: value.callId,
      what: `${id} was decided by the backup lane while a primary was at work`,
    })
  }
  return lapses
}

/** §4.9: only who has more open requests than it may decides one for want of room. */
export function roomIsUsed(world: Circumstances): Lapse[] {
  const openMax = world.plan.limits?.openMax ?? Infinity
  const decided = firstDecisions(world)
  const arrivals = [...firstArrivals(world)]
  const lapses: Lapse[] = []
  for (const { decision } of decisionsOf(world)) {
    const { value, partition } = decision
    if (value.trigger !== 'CAPACITY') continue
    const open = arrivals.filter(
      ([id, { partition: its, appendedAt }]) =>
        its === partition &&
        appendedAt <= value.decidedAt + world.plan.maxClockSkewMs + ESTIMATE_MS &&
        (decided.get(id)?.appendedAt ?? Infinity) >= value.decidedAt - world.plan.maxClockSkewMs,
    )
    // One that can't be read takes room too, until it is known that it can't.
    const unread = world.topics.arrived.filter(
      ({ partition: its, value: read, key }) => its === partition && read?.callId !== key,
    ).length
    if (open.length + unread > openMax) continue
    const what = `${idOf(partition, value)} was decided for want of room while ${open.length} were open`
    lapses.push({ callId: value.callId, what })
  }
  return lapses
}
