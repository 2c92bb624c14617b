/** The ways in which a recorded lookup may settle under other terms. */
import type { Cause, UsedLookup } from '../../../schemas/records.ts'
import { isLiveAnswer } from '../../domain/used-lookup.ts'
import type { DependencyPolicy } from '../../policy/policy.ts'
import type { LateAnswer, Recording } from './recording.ts'
import type { Failure, Terms } from './terms.ts'

/** A lookup as it would have settled. */
export interface Settled {
  readonly dependency: string
  /** Null: nothing came. */
  readonly lookup: UsedLookup | null
  /** Append time of its record; Infinity: never. */
  readonly at: number
  readonly offset: number
  /** True when the decision used it and nothing of it changed. */
  readonly asRecorded: boolean
  /** True when the data can't tell whether this is what would have come. */
  readonly assumed: boolean
}

/** One lookup under way: what was recorded of it and the time it is given now. */
export interface Case {
  readonly recording: Recording
  readonly before: Terms
  readonly dependency: DependencyPolicy
  readonly recorded: UsedLookup
  readonly late: LateAnswer | null
  /** From where its time counted, and counts now. */
  readonly startedAt: number
  readonly startsAt: number
  /** How long it may take now. */
  readonly budgetMs: number
  /** When the call is decided now with what there is. */
  readonly dueAt: number
}

const TIMEOUTS: ReadonlySet<Cause> = new Set(['QUEUED', 'CONNECT', 'RESPONSE'])

/** True when the time was up, whether or not a cache then supplied facts. */
export function isTimedOut({ outcome, origin, cause }: UsedLookup): boolean {
  if (origin === 'OVERRIDE' || outcome === 'SKIPPED') return false
  return outcome === 'TIMED_OUT' || (cause !== null && TIMEOUTS.has(cause))
}

export function isPending({ outcome }: UsedLookup): boolean {
  return outcome === 'NO_ANSWER' || outcome === 'NOT_NEEDED'
}

/** As it was, or as it was but at another time, or fresher or older by other terms. */
export function kept(one: Case): Settled {
  const { recorded, startsAt, startedAt } = one
  const shiftMs = startsAt - startedAt
  const at = (recorded.settledAt ?? Infinity) + shiftMs
  const stale = staleNow(one, recorded)
  const asRecorded = shiftMs === 0 && stale === recorded.stale
  return settled(asRecorded ? recorded : { ...recorded, stale, settledAt: at }, asRecorded)
}

/** Nothing is recorded of it; nobody knows what would have come after the recorded decision. */
export function unknown(one: Pick<Case, 'dueAt' | 'recording'>, dependency: string): Settled {
  return { ...never(dependency), assumed: one.dueAt > one.recording.decision.decidedAt }
}

function never(dependency: string): Settled {
  const nowhere = { at: Infinity, offset: Infinity }
  return { dependency, lookup: null, ...nowhere, asRecorded: false, assumed: false }
}

/** The late answer, used as if it had come in time. */
export function answered(one: Case, late: LateAnswer): Settled {
  const { recorded, dependency, before, recording, startsAt, startedAt } = one
  const { appendedAt, decidedAt } = recording.decision
  const cameAt = appendedAt + late.lateByMs + (startsAt - startedAt)
  // The router had not read it when it decided, whatever the clocks say.
  const settledAt = isPending(recorded) ? Math.max(cameAt, decidedAt + 1) : cameAt
  const { outcome, facts, syncedAt, latencyMs } = late
  const found = outcome === 'FOUND'
  const lacks = (name: string): boolean =>
    !isDropped(before, dependency.name, name) && !Object.hasOwn(facts, name)
  return settled({
    ...recorded,
    outcome,
    cause: null,
    origin: 'LIVE',
    stale: found && isStale(dependency.staleAfterMs, syncedAt, settledAt),
    missing: found ? Object.keys(dependency.facts).filter(lacks) : [],
    facts,
    syncedAt,
    latencyMs,
    budgetMs: one.budgetMs,
    detail: '',
    settledAt,
    settledOffset: late.offset,
  })
}

const NOTHING = { origin: 'NONE', stale: false, missing: [], facts: {}, syncedAt: null } as const

/** Its time is up. A cached answer that stood in for it stands in for it still. */
export function timedOut(one: Case, assumed: boolean): Settled {
  const { recorded, budgetMs, startsAt, recording } = one
  const endedAt = startsAt + budgetMs + publishingMs(one)
  // The router had not read of its end when it decided.
  const after = isPending(recorded) ? recording.decision.decidedAt + 1 : endedAt
  const end = { latencyMs: budgetMs, budgetMs, settledAt: Math.max(endedAt, after) }
  const ended: UsedLookup = isTimedOut(recorded)
    ? { ...recorded, ...end, detail: '' }
    : { ...recorded, ...NOTHING, outcome: 'TIMED_OUT', cause: 'RESPONSE', ...end, detail: '' }
  return { ...settled(ended), assumed }
}

/**
 * What it needs came without that fact: it is given up at once, and its time counts from there. Or it
 * did not come before `end`, where its own time is over too.
 */
export function skipped(one: Case, needed: Settled, end: number): Settled {
  const { recorded, recording } = one
  const inTime = needed.lookup !== null && needed.at <= end
  const tookMs = inTime ? 0 : end - recording.decision.arrivedAt
  const endedAt = (inTime ? needed.at : end) + publishingMs(one)
  // Both give up at once; where only the other's record tells how long that took, it is this one's too.
  const toldAt = needed.at === Infinity ? endedAt : Math.max(endedAt, needed.at)
  const skip: UsedLookup = {
    ...recorded,
    ...NOTHING,
    outcome: 'SKIPPED',
    cause: 'NEEDS_UNMET',
    latencyMs: Math.max(0, tookMs),
    detail: '',
    settledAt: toldAt,
  }
  return { ...settled(skip), assumed: needed.assumed }
}

/** The dependency made to fail. What needed no asking, and what somebody set by hand, stays. */
export function failed(one: Case, failure: Failure): Settled {
  const { recorded, budgetMs, startsAt } = one
  if (recorded.origin === 'OVERRIDE' || recorded.outcome === 'SKIPPED') return kept(one)
  if (failure.outcome === 'NO_ANSWER') return never(recorded.dependency)
  const tookMs = isPending(recorded) ? 0 : recorded.latencyMs
  const latencyMs = failure.outcome === 'TIMED_OUT' ? budgetMs : Math.min(tookMs, budgetMs)
  const settledAt = startsAt + latencyMs + publishingMs(one)
  const end = { cause: failure.cause, latencyMs, budgetMs, detail: '', settledAt }
  const cached = recorded.origin === 'CACHE'
  return settled(
    cached
      ? { ...recorded, ...end }
      : { ...recorded, ...NOTHING, outcome: failure.outcome, ...end },
  )
}

function settled(lookup: UsedLookup, asRecorded = false): Settled {
  return {
    dependency: lookup.dependency,
    lookup,
    at: lookup.settledAt ?? Infinity,
    offset: lookup.settledOffset ?? Infinity,
    asRecorded,
    assumed: false,
  }
}

const PUBLISHING_MS_MAX = 1000

/** Between a lookup's end and its record's append time, as it was recorded. */
function publishingMs({ recorded, startedAt }: Case): number {
  if (recorded.settledAt === null) return 0
  const tookMs = recorded.settledAt - startedAt - recorded.latencyMs
  return Math.max(0, Math.min(PUBLISHING_MS_MAX, tookMs))
}

/** A fact of class `drop` does not show in what was recorded. */
export function isDropped(before: Terms, dependency: string, fact: string): boolean {
  const spec = before.dependencies.find(({ name }) => name === dependency)?.facts[fact]
  return (spec?.audit ?? 'drop') === 'drop'
}

/** Staleness as recorded, unless the age that counts as stale has changed. */
function staleNow({ dependency, before }: Case, lookup: UsedLookup): boolean {
  const spec = before.dependencies.find(({ name }) => name === dependency.name)
  if (spec === undefined || spec.staleAfterMs === dependency.staleAfterMs) return lookup.stale
  const dated = isLiveAnswer(lookup) || lookup.origin === 'CACHE'
  if (lookup.outcome !== 'FOUND' || !dated) return lookup.stale
  return isStale(dependency.staleAfterMs, lookup.syncedAt, lookup.settledAt ?? 0)
}

/** The enrichers' rule: data without a stamp is never called fresh. */
function isStale(staleAfterMs: number | null, syncedAt: number | null, at: number): boolean {
  if (staleAfterMs === null) return false
  return syncedAt === null || at - syncedAt > staleAfterMs
}
