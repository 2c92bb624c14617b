/**
 * A recorded call decided again under other terms, through the same core as the router: lookups settle
 * in the order of their append times, after each the policy is asked, and what is pending at the
 * deadline becomes NO_ANSWER. A record counts as read when it was appended, except where the recording
 * shows that the router read several together: then they are read together again.
 */
import type { UsedLookup } from '../../../schemas/records.ts'
import { pendingLookup } from '../../domain/used-lookup.ts'
import type { Policy, Verdict } from '../../policy/policy.ts'
import { type Deadline, deadlineAfter } from './deadline.ts'
import { settleAgain } from './lookups.ts'
import type { Recording } from './recording.ts'
import { isPending, type Settled } from './settled.ts'
import { type Change, termsAfter } from './terms.ts'

export interface Redecided {
  readonly verdict: Verdict
  /** From the arrival to the decision. */
  readonly waitedMs: number
  readonly lookups: readonly UsedLookup[]
  /** False when the route rests on something the data can't tell. */
  readonly told: boolean
}

export interface RedecideContext {
  /** The policy that governed the call. */
  readonly recorded: Policy
  readonly change: Change
  readonly lateWaitMs: number
  /** Dependencies, and whether the arrival, of which rules read what the record did not keep. */
  readonly blind: { readonly dependencies: ReadonlySet<string>; readonly arrival: boolean }
}

/** Null when the policy can't decide it, which no checked policy does. */
export function redecide(recording: Recording, context: RedecideContext): Redecided | null {
  const { decision } = recording
  const { recorded, change, blind } = context
  if (decision.trigger === 'UNREADABLE') return decideUnreadable(recording, context)
  const policy = change.policy ?? recorded
  const after = termsAfter(recorded, change)
  const deadline = deadlineAfter(decision, recorded, after)
  const settled = settleAgain({
    recording,
    before: recorded,
    after,
    deadline,
    fails: change.fails,
    lateWaitMs: context.lateWaitMs,
    blind: blind.dependencies,
  })
  const last = lastUsed(recording)
  const samePolicy = change.policy === null || change.policy.version === recorded.version
  if (samePolicy && isUntouched(recording, settled, deadline, last)) {
    // Nothing that the decision rests on changed: it is what it is (I7).
    return asRecorded(recording)
  }
  const reading = { last, together: readTogether(recording, recorded, last) }
  const told = simulate(recording, policy, settled, deadline, reading)
  return told === null || !blind.arrival ? told : { ...told, told: false }
}

function asRecorded({ decision }: Recording): Redecided {
  const { lookups, decidedAt, arrivedAt } = decision
  return { verdict: decision, waitedMs: decidedAt - arrivedAt, lookups, told: true }
}

/** The default route does not depend on anything but the policy. */
function decideUnreadable({ decision }: Recording, context: RedecideContext): Redecided {
  const policy = context.change.policy ?? context.recorded
  const [why] = decision.fallbacks
  const verdict = policy.unreadable({
    cause: why?.cause === 'SCHEMA_UNAVAILABLE' ? why.cause : 'BAD_RESPONSE',
    detail: decision.detail ?? '',
    waitedMs: why?.waitedMs ?? 0,
  })
  return { ...asRecorded({ decision, late: new Map() }), verdict }
}

/** Where the last lookup stands that the decision used; null when it used none. */
interface Place {
  readonly at: number
  readonly offset: number
}

function lastUsed({ decision }: Recording): Place | null {
  let last: Place | null = null
  for (const lookup of decision.lookups) {
    if (isPending(lookup) || lookup.settledAt === null) continue
    const place = { at: lookup.settledAt, offset: lookup.settledOffset ?? 0 }
    if (last === null || isBefore(last, place)) last = place
  }
  return last
}

const isBefore = (one: Place, other: Place): boolean =>
  one.at < other.at || (one.at === other.at && one.offset < other.offset)

/** True when the decision would have been made from the same lookups at the same moment. */
function isUntouched(
  { decision }: Recording,
  settled: readonly Settled[],
  { dueAt, shortened }: Deadline,
  last: Place | null,
): boolean {
  const certain = isCertain(decision)
  if (settled.length !== decision.lookups.length) return false
  if (certain ? shortened && last !== null && last.at > dueAt : dueAt !== decision.decidedAt) {
    return false
  }
  return settled.every((one, index) => {
    const recorded = decision.lookups[index]
    if (recorded?.dependency !== one.dependency) return false
    if (!isPending(recorded)) return one.asRecorded
    // Not in time then, and not in time now.
    return certain ? last === null || isBefore(last, one) : one.at > dueAt
  })
}

/** True when the recording shows that the router had read more than it needed for certainty. */
function readTogether(recording: Recording, recorded: Policy, last: Place | null): boolean {
  const { decision } = recording
  if (last === null) return false
  const { arrival, arrivedAt } = decision
  const known = decision.lookups.map((one) => {
    if (isPending(one) || one.settledAt === null) return null
    const isLast = one.settledAt === last.at && (one.settledOffset ?? 0) === last.offset
    return isLast ? null : one
  })
  return recorded.decide({ arrival, arrivedAt, lookups: known }) !== null
}

interface Reading {
  readonly last: Place | null
  /** Nothing was decided before the last lookup used was read. */
  readonly together: boolean
}

function simulate(
  recording: Recording,
  policy: Policy,
  settled: readonly Settled[],
  { dueAt, shortened }: Deadline,
  { last, together }: Reading,
): Redecided | null {
  const { decision } = recording
  const { arrival, arrivedAt } = decision
  const known: (UsedLookup | null)[] = settled.map(() => null)
  const ask = (lookups: readonly (UsedLookup | null)[]): Verdict | null =>
    policy.decide({ arrival, arrivedAt, lookups })
  const order = settled
    .map((one, index) => ({ ...one, index }))
    .filter(({ at, asRecorded: was }) => at <= dueAt || (was && !shortened))
    .toSorted((a, b) => a.at - b.at || a.offset - b.offset)
  const done = (verdict: Verdict, at: number): Redecided => ({
    verdict,
    waitedMs: decidedAfterMs(recording, last, at),
    lookups: used(settled, known, 'NOT_NEEDED', 0),
    told: isTold(settled, known, ask),
  })

  if (!together) {
    const atOnce = ask(known)
    if (atOnce !== null) return done(atOnce, arrivedAt)
  }
  for (const [position, one] of order.entries()) {
    known[one.index] = one.lookup
    const next = order[position + 1]
    if (together && last !== null && next !== undefined && !isBefore(last, next)) continue
    const verdict = ask(known)
    if (verdict !== null) return done(verdict, one.at)
  }
  return atDeadline(recording, settled, known, dueAt, ask)
}

/** From the arrival to a decision on what was appended at `at`: the router read as fast as it did. */
function decidedAfterMs({ decision }: Recording, last: Place | null, at: number): number {
  const { arrivedAt, decidedAt } = decision
  const readingMs = isCertain(decision) ? Math.max(0, decidedAt - (last?.at ?? arrivedAt)) : 0
  return Math.max(0, (at > decidedAt ? at : Math.min(at + readingMs, decidedAt)) - arrivedAt)
}

function isCertain({ trigger }: Recording['decision']): boolean {
  return trigger === 'ALL_SETTLED' || trigger === 'OUTCOME_CERTAIN'
}

type Ask = (lookups: readonly (UsedLookup | null)[]) => Verdict | null

function atDeadline(
  { decision }: Recording,
  settled: readonly Settled[],
  known: readonly (UsedLookup | null)[],
  dueAt: number,
  ask: Ask,
): Redecided | null {
  const waitedMs = Math.max(0, dueAt - decision.arrivedAt)
  const certain = ask(known)
  if (certain !== null) {
    const lookups = used(settled, known, 'NOT_NEEDED', 0)
    return { verdict: certain, waitedMs, lookups, told: isTold(settled, known, ask) }
  }
  const lookups = used(settled, known, 'NO_ANSWER', waitedMs)
  const verdict = ask(lookups)
  if (verdict === null) return null
  return { verdict, waitedMs, lookups, told: isTold(settled, lookups, ask) }
}

/** True when the route stays the same whatever it is that the data can't tell. */
function isTold(
  settled: readonly Settled[],
  lookups: readonly (UsedLookup | null)[],
  ask: Ask,
): boolean {
  if (!settled.some(({ assumed }, index) => assumed && (lookups[index] ?? null) !== null))
    return true
  return ask(lookups.map((one, index) => (settled[index]?.assumed === true ? null : one))) !== null
}

function used(
  settled: readonly Settled[],
  known: readonly (UsedLookup | null)[],
  pendingAs: 'NO_ANSWER' | 'NOT_NEEDED',
  latencyMs: number,
): UsedLookup[] {
  return settled.map(
    ({ dependency }, index) => known[index] ?? pendingLookup(dependency, pendingAs, latencyMs),
  )
}
