/** Holds a run against the promises, by the independent checker, and sums up what it was put through. */
import type { Evidence, Outage, PromiseId, Topics } from '../../services/audit/verify/evidence.ts'
import { verify } from '../../services/audit/verify/verify.ts'
import { replay } from '../../services/audit/replay.ts'
import { hash } from '../../services/platform/hash.ts'
import { fullCodec } from './codecs.ts'
import { topicsOf } from './evidence.ts'
import { DEPENDENCIES, MAX_CLOCK_SKEW_MS, type Dependency } from './plan.ts'
import {
  everyDependencyAsked,
  nothingIsDecidedAgain,
  whatWasThereIsUsed,
  type Circumstances,
  type Lapse,
} from './promises.ts'
import { policy } from './services.ts'
import type { Run } from './world.ts'

export interface Violation {
  readonly promise: PromiseId | 'asked' | 'used' | 'again' | 'service' | 'quiet'
  readonly what: string
  readonly callId?: string | undefined
}

/** Counts that prove what a run was: how much was looked at, and what struck. */
export type Statistics = { readonly [name: string]: number }

export interface Judgement {
  readonly violations: readonly Violation[]
  readonly statistics: Statistics
  /** False when no fault hit a call in flight: such a run proves nothing. */
  readonly valid: boolean
  readonly topics: Topics
}

/** I4 is held against each partition's own outages, below. */
const AT_ONCE: readonly PromiseId[] = ['I1', 'I2', 'I3', 'I5', 'I6', 'I7', 'I8']

export function judge(run: Run): Judgement {
  const topics = topicsOf(run.broker, fullCodec)
  const evidence: Evidence = {
    topics,
    windowMs: policy.windowMs,
    maxClockSkewMs: MAX_CLOCK_SKEW_MS,
    acked: run.acked,
    delivered: run.delivered,
    faults: [...faultsOf(run), ...poisonOf(topics)],
    replay: (decision) =>
      replay(decision, {
        policyOf: (version) => (version === policy.version ? policy : null),
        hash,
      }),
  }
  const verdicts = [...verify(evidence, AT_ONCE), ...onTime(run, evidence)]
  const violations = verdicts.flatMap(({ id, breaches }) =>
    breaches.map(({ what, callId }): Violation => ({ promise: id, what, callId })),
  )
  violations.push(...furtherPromises(run, topics))
  for (const what of run.failures) violations.push({ promise: 'service', what })
  if (!run.quiet) violations.push({ promise: 'quiet', what: 'something still writes' })
  const struck = [...run.struck].filter(([name]) => !name.endsWith('in vain'))
  return {
    violations,
    statistics: statisticsOf(run, topics),
    valid: struck.length > 0,
    topics,
  }
}

/**
 * What every dependency looked like to a caller: a broken broker makes it hang, and a silent registry
 * lets it be asked late, with little time left.
 */
function faultsOf(run: Run): NonNullable<Evidence['faults']> {
  const hidden = [...run.brokerFaults, ...run.registryFaults].flatMap((stretch) =>
    DEPENDENCIES.map((dependency) => ({ dependency, mode: 'hang', ...stretch })),
  )
  // Billing is asked with what CRM gives: late, when CRM is late, and then with little time left.
  const passedOn = run.dependencyFaults
    .filter(({ dependency }) => dependency === 'crm')
    .map((fault) => ({ ...fault, dependency: 'billing', mode: 'hang' }))
  return [...run.dependencyFaults, ...hidden, ...passedOn].map(inBrokerTime)
}

/** What was done is known in true time; brokers' clocks are ahead of it by up to their skew. */
function inBrokerTime<T extends Outage>(stretch: T): T {
  return { ...stretch, toMs: stretch.toMs + MAX_CLOCK_SKEW_MS }
}

/** An arrival that can't be read is told as a bad response of call.arrived itself. */
function poisonOf({ arrived }: Topics): NonNullable<Evidence['faults']> {
  return arrived
    .filter(({ value, key }) => value === null || value.callId !== key)
    .map(({ appendedAt }) => ({
      dependency: 'call.arrived',
      mode: 'badJson',
      fromMs: appendedAt - MAX_CLOCK_SKEW_MS,
      toMs: appendedAt,
    }))
}

function onTime(run: Run, evidence: Evidence) {
  const foreign = foreignCalls(run)
  return Array.from({ length: run.plan.partitions }, (_, partition) => {
    const here = <T extends { readonly partition: number }>(records: readonly T[]): T[] =>
      records.filter((record) => record.partition === partition)
    const { topics } = evidence
    const arrived = here(topics.arrived).map((one) => asKnown(run, foreign, one))
    const own = { ...topics, arrived, routed: here(topics.routed) }
    return verify({ ...evidence, topics: own, outages: routerOutages(run, partition) }, ['I4'])
  }).flat()
}

/** Nobody knows a switch's own limit while the schema it is written in can't be had. */
function asKnown(
  run: Run,
  foreign: ReadonlySet<string>,
  record: Topics['arrived'][number],
): Topics['arrived'][number] {
  const { value, appendedAt } = record
  if (value === null || !foreign.has(value.callId)) return record
  const decideBy = appendedAt + policy.windowMs
  const silent = run.registryFaults
    .map(inBrokerTime)
    .some(({ fromMs, toMs }) => fromMs <= decideBy && appendedAt <= toMs)
  return silent ? { ...record, value: { ...value, decideWithinMs: null } } : record
}

function foreignCalls({ plan }: Run): ReadonlySet<string> {
  return new Set(plan.arrivals.flatMap((one) => (one.foreignSchema ? [one.value.callId] : [])))
}

function routerOutages(run: Run, partition: number): readonly Outage[] {
  return [...run.attendance.outages(partition), ...run.brokerFaults].map(inBrokerTime)
}

function enrichersAway(run: Run, dependency: Dependency, partition: number): readonly Outage[] {
  const outages = run.enricherAttendance.get(dependency)?.outages(partition) ?? []
  return outages.map(inBrokerTime)
}

function furtherPromises(run: Run, topics: Topics): Violation[] {
  const circumstances: Circumstances = {
    topics,
    windowMs: policy.windowMs,
    margins: policy.margins,
    enricherOutages: (dependency, partition) => [
      ...enrichersAway(run, dependency, partition),
      // Billing waits for the customer id that CRM gives.
      ...(dependency === 'billing' ? enrichersAway(run, 'crm', partition) : []),
      ...run.brokerFaults.map(inBrokerTime),
      ...run.registryFaults.map(inBrokerTime),
    ],
    routerOutages: (partition) => routerOutages(run, partition),
    brokerOutages: run.brokerFaults.map(inBrokerTime),
    foreign: foreignCalls(run),
  }
  const named = (promise: Violation['promise'], lapses: Lapse[]): Violation[] =>
    lapses.map((lapse) => ({ promise, ...lapse }))
  return [
    ...named('asked', everyDependencyAsked(circumstances)),
    ...named('used', whatWasThereIsUsed(circumstances)),
    ...named('again', nothingIsDecidedAgain(circumstances)),
  ]
}

function statisticsOf(run: Run, topics: Topics): Statistics {
  const routed = topics.routed.flatMap(({ value }) => (value === null ? [] : [value]))
  const effective = topics.decisions.filter(({ value }) => value?.effective === true).length
  const counts: { [name: string]: number } = {
    calls: run.acked.length,
    decisions: routed.length,
    'decisions that lost': topics.decisions.filter(({ value }) => value?.effective === false)
      .length,
    'effective decisions': effective,
    'late answers': topics.late.length,
    fallbacks: topics.fallbacks.length,
    'dead letters': topics.deadLetters.length,
    'lost acknowledgements': run.storm.lostAcknowledgements,
    'refused requests': run.storm.refusedRequests,
    'arrivals on the wire twice': topics.arrived.length - run.plan.arrivals.length,
  }
  for (const { trigger } of routed) count(counts, `trigger ${trigger}`)
  const outages = Array.from({ length: run.plan.partitions }, (_, partition) =>
    routerOutages(run, partition),
  )
  for (const record of topics.routed) {
    if (record.value === null) continue
    const arrivedAt = record.value.arrivedAt
    const excused = (outages[record.partition] ?? []).some(
      ({ fromMs, toMs }) => fromMs <= record.appendedAt && arrivedAt <= toMs,
    )
    if (!excused) count(counts, 'decisions owed in time')
  }
  for (const [name, times] of run.struck) counts[`fault: ${name}`] = times
  return counts
}

function count(counts: { [name: string]: number }, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1
}
