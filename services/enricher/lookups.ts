/** Makes a lookup of every arrival and a record of every lookup. */
import type { CallArrived, FactValue, LookupSettled } from '../../schemas/records.ts'
import type { Clock } from '../platform/ports.ts'
import type { DependencyPolicy, Policy } from '../policy/policy.ts'
import type { Asking, Lookup } from './asking.ts'
import type { FactsCache } from './cache.ts'
import type { Connector } from './connectors/connector.ts'
import { budgetOf, decideByOf } from './core/budget.ts'
import { isAnswer, type Live } from './core/live.ts'
import { type Question, questionOf } from './core/question.ts'
import { type CachedFacts, settle, settleFromCache } from './core/settle.ts'
import { needKey } from './needs.ts'
import type { Neighbours } from './neighbours.ts'
import type { Overrides } from './override.ts'
import type { PartitionState } from './partition.ts'
import type { Publisher } from './publish.ts'
import type { EnricherSettings } from './settings.ts'

/** Between a lookup and its record, and between the record and the commit: where a crash is tried. */
export type CrashPoint = 'after-lookup' | 'after-publish'

export interface LookupsOptions {
  readonly dependency: string
  readonly connector: Connector
  readonly asking: Asking
  readonly cache: FactsCache
  readonly overrides: Pick<Overrides, 'active'>
  readonly publisher: Publisher
  readonly clock: Clock
  /** Broker time, milliseconds. */
  readonly brokerNow: () => number
  /** How far that may be off, milliseconds. */
  readonly brokerErrorMs: () => number
  readonly policyAt: (appendedAt: number) => Policy
  readonly settings: EnricherSettings
  settled(lookup: LookupSettled): void
  /** True once the enricher reads no more, and hears of needs from its neighbours alone. */
  readonly leaving: () => boolean
  /** Told of each settled lookup whose record is on its way. */
  readonly neighbours: Pick<Neighbours, 'tell'>
  late(lookup: LookupSettled): void
  crashPoint(point: CrashPoint): void
}

interface ArrivalRead {
  readonly arrival: CallArrived
  readonly offset: number
  /** Append time. */
  readonly arrivedAt: number
  readonly traceparent: Uint8Array | null
}

export interface Lookups {
  /** Looks an arrival up; `done` is called once its record is acknowledged or none is due. */
  begin(state: PartitionState, read: ArrivalRead, done: () => void): void
}

const EXPIRED = {
  kind: 'SKIPPED',
  cause: 'CALL_EXPIRED',
  detail: 'no time was left for the call',
} as const

export function createLookups(options: LookupsOptions): Lookups {
  return {
    begin(state, read, done) {
      const policy = options.policyAt(read.arrivedAt)
      const dependency = policy.dependencies.find(({ name }) => name === options.dependency)
      if (dependency === undefined) {
        done()
        return
      }
      beginLookup(options, { state, read, done, policy, dependency })
    },
  }
}

interface Job {
  readonly state: PartitionState
  readonly read: ArrivalRead
  readonly done: () => void
  readonly policy: Policy
  readonly dependency: DependencyPolicy
}

/** What is known of a lookup once it may be asked. */
interface Asked {
  startedAt: number
  budgetMs: number
  question: Question | null
  /** Broker time by which it settles because an override stands in; null without one. */
  overriddenBy: number | null
}

function beginLookup(options: LookupsOptions, job: Job): void {
  const { read, dependency } = job
  const asked: Asked = {
    startedAt: read.arrivedAt,
    budgetMs: 0,
    question: null,
    overriddenBy: null,
  }
  let stopAwaiting = () => {}
  let isHeard = dependency.needs === null
  const lookup = options.asking.lookup({
    settled(live, attempts) {
      stopAwaiting()
      // Not committed, so a successor asks again: that nobody told us here says nothing of the need.
      if (!isHeard && options.leaving()) return
      publishSettled(options, job, asked, live, attempts)
    },
    late(live, attempts) {
      const record = settle({
        ...basis(options, job, asked),
        live,
        attempts,
        // Told as LIVE gave it: whoever reads it wants to know what was missed.
        cached: null,
        override: null,
      })
      remember(options.cache, asked.question, live)
      options.late(record)
      void publish(options, job, record)
    },
  })
  if (dependency.needs === null) {
    askNow(options, job, asked, lookup, null)
    return
  }
  const latest = decideByOf(limitsOf(job)) - job.policy.margins.enricherMs
  if (latest <= options.brokerNow()) {
    lookup.skip(EXPIRED)
    return
  }
  asked.overriddenBy = overriddenBy(options, dependency)
  const endsAt = Math.min(latest, asked.overriddenBy ?? Infinity)
  asked.budgetMs = endsAt - read.arrivedAt
  lookup.expireAt(hostTime(options, endsAt), asked.budgetMs)
  stopAwaiting = job.state.needs.await(
    needKey(read.arrival, dependency.needs),
    ({ value, settledAt }) => {
      isHeard = true
      asked.startedAt = Math.max(read.arrivedAt, settledAt)
      askNow(options, job, asked, lookup, value)
    },
  )
}

function askNow(
  options: LookupsOptions,
  job: Job,
  asked: Asked,
  lookup: Lookup,
  need: FactValue,
): void {
  const { read, dependency } = job
  const now = options.brokerNow()
  const asking = questionOf(read.arrival, need, options.connector.inputs)
  if (!asking.ok) {
    lookup.skip(asking.skip)
    return
  }
  asked.question = asking.question
  const { startedAt } = asked
  const budget = budgetOf({ ...limitsOf(job), startedAt, timeoutMs: dependency.timeoutMs, now })
  if (!budget.open) {
    lookup.skip(EXPIRED)
    return
  }
  const overridden = options.overrides.active(dependency.name, now) !== null
  // Counted from the arrival where it stood then: what is needed has had its part of the time.
  asked.overriddenBy ??= overriddenBy(options, dependency)
  const endsAt = Math.min(budget.endsAt, asked.overriddenBy ?? Infinity)
  asked.budgetMs = endsAt - startedAt
  if (!overridden && options.settings.cache === 'first' && fromCache(options, job, asked)) {
    lookup.abandon()
    return
  }
  lookup.ask(asking.question, dependency, hostTime(options, endsAt), asked.budgetMs)
}

/**
 * When a lookup that begins now settles for a manual override, in broker time: the caller need wait
 * neither for LIVE nor for what LIVE needs. Null when none stands by then.
 */
function overriddenBy(options: LookupsOptions, { name }: DependencyPolicy): number | null {
  const endsAt = options.brokerNow() + options.settings.overrideWaitMs
  return options.overrides.active(name, endsAt) === null ? null : endsAt
}

function limitsOf({ read, policy }: Job) {
  return {
    arrivedAt: read.arrivedAt,
    decideWithinMs: read.arrival.decideWithinMs,
    windowMs: policy.windowMs,
    enricherMarginMs: policy.margins.enricherMs,
  }
}

function hostTime({ clock, brokerNow }: LookupsOptions, brokerMs: number): number {
  return clock.nowMs() + (brokerMs - brokerNow())
}

/** Naming a question costs a hash, so nothing is looked for where LIVE has the word. */
function cachedFor({ cache }: LookupsOptions, { question }: Asked): CachedFacts | null {
  return question === null ? null : cache.get(question)
}

/** True when fresh facts were there and went out. */
function fromCache(options: LookupsOptions, job: Job, asked: Asked): boolean {
  const cached = cachedFor(options, asked)
  if (cached === null) return false
  const record = settleFromCache(basis(options, job, asked), cached)
  if (record === null) return false
  settleWith(options, job, record)
  return true
}

function publishSettled(
  options: LookupsOptions,
  job: Job,
  asked: Asked,
  live: Live,
  attempts: number,
): void {
  const cached = isAnswer(live) ? null : cachedFor(options, asked)
  remember(options.cache, asked.question, live)
  const common = basis(options, job, asked)
  const override = options.overrides.active(job.dependency.name, common.now)
  settleWith(options, job, settle({ ...common, live, attempts, cached, override }))
}

function settleWith(options: LookupsOptions, job: Job, record: LookupSettled): void {
  options.settled(record)
  options.crashPoint('after-lookup')
  void release(options, job, publish(options, job, record))
  options.neighbours.tell(job.state.partition, record, options.brokerNow())
}

async function release(options: LookupsOptions, job: Job, publishing: Promise<boolean>) {
  if (!(await publishing)) return
  options.crashPoint('after-publish')
  job.done()
}

function publish(options: LookupsOptions, job: Job, lookup: LookupSettled): Promise<boolean> {
  const { traceparent } = job.read
  return options.publisher.publish({ partition: job.state.partition, lookup, traceparent })
}

function basis(options: LookupsOptions, { read, dependency }: Job, asked: Asked) {
  const now = options.brokerNow()
  return {
    callId: read.arrival.callId,
    requestNo: read.arrival.requestNo,
    dependency,
    asked: options.connector.asked,
    latencyMs: now - asked.startedAt,
    budgetMs: asked.budgetMs,
    now,
    // Who started while a broker was slow is behind the source by as much, and the source is right.
    stampAheadMsMax: options.settings.maxClockSkewMs + options.brokerErrorMs(),
  }
}

/** Only whole answers are kept: a part must not push out what was whole. */
function remember(cache: FactsCache, question: Question | null, live: Live): void {
  if (question === null) return
  if (live.kind === 'NO_MATCH') cache.drop(question)
  if (live.kind === 'FOUND' && live.missing.length === 0) {
    const { facts, missing, syncedAt } = live
    cache.put(question, { facts, missing, syncedAt })
  }
}
