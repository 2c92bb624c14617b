/** What the judges of a simulated world know of it besides its topics, and how they look things up. */
import type { Outage, Stored, Topics } from '../../services/audit/verify/evidence.ts'
import type { CallArrived, Lane } from '../../schemas/records.ts'
import type { Policy } from '../../services/policy/policy.ts'
import type { Takeover } from './attendance.ts'
import type { Dependency } from './dependencies.ts'
import type { Plan } from './plan.ts'

export interface Circumstances {
  readonly plan: Plan
  readonly topics: Topics
  /** What no edition changes. */
  readonly policy: Pick<Policy, 'margins' | 'dependencies'>
  /** The policy that governs arrivals by their append time. */
  readonly policyAt: (appendedAt: number) => Policy
  /** When nobody served a partition for a dependency. */
  readonly enrichersAway: (dependency: Dependency, partition: number) => readonly Outage[]
  /** When a dependency's enrichers did not serve a partition, or something held them up. */
  readonly enricherOutages: (dependency: Dependency, partition: number) => readonly Outage[]
  /** When a lane's routers did not serve a partition, or a broker hid their records. */
  readonly laneOutages: (lane: Lane, partition: number) => readonly Outage[]
  /** When a lane's group shared its partitions out anew. */
  readonly rebalances: (lane: Lane) => readonly Outage[]
  /** Who took a lane's partition over, and when. */
  readonly takeovers: (lane: Lane, partition: number) => readonly Takeover[]
  /** When what was appended may not have been readable for a while. */
  readonly brokerOutages: readonly Outage[]
  readonly registryOutages: readonly Outage[]
  /** Calls whose arrivals need a schema that must be fetched first. */
  readonly foreign: ReadonlySet<string>
}

export interface Lapse {
  readonly callId: string
  readonly what: string
}

/** A record that was there so long before must have been read. */
export const SEEN_AFTER_MS = 1000

export type Known<T> = Stored<T> & { readonly value: T }
type Named = { readonly callId: string; readonly requestNo: number }

export const isKnown = <T>(record: Stored<T>): record is Known<T> => record.value !== null
export const idOf = (partition: number, { callId, requestNo }: Named): string =>
  `${partition} ${callId}#${requestNo}`

/** First records by request and partition. */
function firsts<T extends Named>(
  records: readonly Stored<T>[],
  keyOf: (record: Known<T>) => string,
): ReadonlyMap<string, Known<T>> {
  const first = new Map<string, Known<T>>()
  for (const record of records) {
    if (!isKnown(record) || record.key !== record.value.callId) continue
    const key = keyOf(record)
    const known = first.get(key)
    if (known === undefined || record.offset < known.offset) first.set(key, record)
  }
  return first
}

const byRequest = <T extends Named>(records: readonly Stored<T>[]) =>
  firsts(records, (one) => idOf(one.partition, one.value))

/** Readable arrivals whose key is theirs, the first of each request. */
export const firstArrivals = remembered(({ topics }) => byRequest(topics.arrived))

/** The first readable decision of each request. */
export const firstDecisions = remembered(({ topics }) => byRequest(topics.routed))

/** The first settled record by request and dependency, under `request dependency`. */
export const firstLookups = remembered(({ topics }) =>
  firsts(topics.lookups, ({ partition, value }) => `${idOf(partition, value)} ${value.dependency}`),
)

/** Worked out once for each world, however many judges ask. */
function remembered<T>(work: (world: Circumstances) => T): (world: Circumstances) => T {
  const known = new WeakMap<Circumstances, { readonly found: T }>()
  return (world) => {
    const before = known.get(world) ?? { found: work(world) }
    known.set(world, before)
    return before.found
  }
}

/** Readable decisions with the arrival each names, where that can be read. */
export function* decisionsOf({ topics }: Circumstances) {
  const arrivals = new Map(
    topics.arrived.filter(isKnown).map((one) => [`${one.partition}/${one.offset}`, one]),
  )
  for (const decision of topics.routed) {
    if (!isKnown(decision)) continue
    const { partition, offset } = decision.value.arrivalAt
    const arrival = arrivals.get(`${partition}/${offset}`)
    if (arrival !== undefined) yield { decision, arrival }
  }
}

/** Worked out again from the arrival, whatever the router says. */
export function decideByOf(
  { appendedAt, value }: Known<CallArrived>,
  { policyAt }: Circumstances,
): number {
  return appendedAt + Math.min(policyAt(appendedAt).windowMs, value.decideWithinMs ?? Infinity)
}

export function overlaps(outages: readonly Outage[], fromMs: number, toMs: number): boolean {
  return outages.some((outage) => outage.fromMs <= toMs && fromMs <= outage.toMs)
}

/** Stretches that lie in one of each list. */
export function both(some: readonly Outage[], others: readonly Outage[]): readonly Outage[] {
  return some.flatMap((one) =>
    others
      .map(({ fromMs, toMs }) => ({
        fromMs: Math.max(fromMs, one.fromMs),
        toMs: Math.min(toMs, one.toMs),
      }))
      .filter(({ fromMs, toMs }) => fromMs <= toMs),
  )
}
