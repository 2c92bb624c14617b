/**
 * Promises a simulated world can check beyond those of the independent checker, because it knows at
 * which moment who was at work: nothing is lost on the way to the dependencies, what was there is used,
 * and what is decided is not decided again.
 */
import type { Outage, Stored, Topics } from '../../services/audit/verify/evidence.ts'
import type { CallArrived, CallRouted, LookupSettled } from '../../schemas/records.ts'
import type { Margins } from '../../services/policy/policy.ts'
import { DEPENDENCIES, MAX_CLOCK_SKEW_MS, type Dependency } from './plan.ts'

export interface Circumstances {
  readonly topics: Topics
  readonly windowMs: number
  readonly margins: Margins
  /** When a dependency's enrichers did not serve a partition, or a broker hid their records. */
  readonly enricherOutages: (dependency: Dependency, partition: number) => readonly Outage[]
  readonly routerOutages: (partition: number) => readonly Outage[]
  /** When what was appended may not have been readable for a while. */
  readonly brokerOutages: readonly Outage[]
  /** Calls whose arrivals need a schema that must be fetched first. */
  readonly foreign: ReadonlySet<string>
}

export interface Lapse {
  readonly callId: string
  readonly what: string
}

/** A record that was there so long before must have been read. */
const SEEN_AFTER_MS = 1000

type Known<T> = Stored<T> & { readonly value: T }
type Named = { readonly callId: string; readonly requestNo: number }

const isKnown = <T>(record: Stored<T>): record is Known<T> => record.value !== null
const idOf = (partition: number, { callId, requestNo }: Named): string =>
  `${partition} ${callId}#${requestNo}`

/** First records by request and partition. */
function firsts<T extends Named>(
  records: readonly Stored<T>[],
  keyOf: (record: Known<T>) => string,
): Map<string, Known<T>> {
  const first = new Map<string, Known<T>>()
  for (const record of records) {
    if (!isKnown(record) || record.key !== record.value.callId) continue
    const key = keyOf(record)
    const known = first.get(key)
    if (known === undefined || record.offset < known.offset) first.set(key, record)
  }
  return first
}

const lookupKey = ({ partition, value }: Known<LookupSettled>): string =>
  `${idOf(partition, value)} ${value.dependency}`

/** §5: a crash repeats lookups and loses none, and what is settled is settled in time to be used. */
export function everyDependencyAsked(world: Circumstances): Lapse[] {
  const { topics, windowMs, margins } = world
  const arrivals = firsts<CallArrived>(topics.arrived, (one) => idOf(one.partition, one.value))
  const lookups = firsts<LookupSettled>(topics.lookups, lookupKey)
  const lapses: Lapse[] = []
  for (const [id, { value, partition, appendedAt }] of arrivals) {
    const { callId } = value
    const decideBy = appendedAt + Math.min(windowMs, value.decideWithinMs ?? windowMs)
    const dueMs = decideBy - margins.publishMs + MAX_CLOCK_SKEW_MS
    for (const dependency of DEPENDENCIES) {
      const settled = lookups.get(`${id} ${dependency}`)
      const outages = world.enricherOutages(dependency, partition)
      if (settled === undefined) {
        // Nobody fetches a schema for a call whose time is over.
        if (world.foreign.has(callId) && overlaps(outages, appendedAt, decideBy)) continue
        lapses.push({ callId, what: `${id} was never settled by ${dependency}` })
        continue
      }
      const lateMs = settled.appendedAt - dueMs
      if (lateMs <= 0 || overlaps(outages, appendedAt, settled.appendedAt)) continue
      lapses.push({ callId, what: `${id} was settled by ${dependency} ${lateMs} ms too late` })
    }
  }
  return lapses
}

/** §4.4, §4.6: a decision at the deadline does without a lookup only if there was none to be read. */
export function whatWasThereIsUsed({ topics, routerOutages }: Circumstances): Lapse[] {
  const lookups = firsts<LookupSettled>(topics.lookups, lookupKey)
  const lapses: Lapse[] = []
  for (const { value, partition } of topics.routed.filter(isKnown)) {
    if (value.trigger !== 'DEADLINE') continue
    const id = idOf(partition, value)
    for (const { dependency, outcome } of value.lookups) {
      const settled = lookups.get(`${id} ${dependency}`)
      if (outcome !== 'NO_ANSWER' || settled === undefined) continue
      const ageMs = value.decidedAt - settled.appendedAt
      const outages = routerOutages(partition)
      if (ageMs <= SEEN_AFTER_MS || overlaps(outages, settled.appendedAt, value.decidedAt)) continue
      const what = `${id} was decided without the answer of ${dependency}, there for ${ageMs} ms`
      lapses.push({ callId: value.callId, what })
    }
  }
  return lapses
}

/** §4.6, §4.7: a request found decided is not decided again, by a successor or a zombie. */
export function nothingIsDecidedAgain({ topics, brokerOutages }: Circumstances): Lapse[] {
  const first = firsts<CallRouted>(topics.routed, (one) => idOf(one.partition, one.value))
  return topics.routed.filter(isKnown).flatMap(({ value, partition, offset }): Lapse[] => {
    const id = idOf(partition, value)
    const decided = first.get(id)
    if (decided === undefined || decided.offset === offset) return []
    const afterMs = value.decidedAt - decided.appendedAt
    if (afterMs <= SEEN_AFTER_MS) return []
    if (overlaps(brokerOutages, decided.appendedAt, value.decidedAt)) return []
    return [
      { callId: value.callId, what: `${id} was decided again ${Math.round(afterMs)} ms later` },
    ]
  })
}

function overlaps(outages: readonly Outage[], fromMs: number, toMs: number): boolean {
  return outages.some((outage) => outage.fromMs <= toMs && fromMs <= outage.toMs)
}
