/**
 * How other terms change each recorded lookup. The rules, with B the time the lookup may take
 * (min(timeout, decideBy − enricherMargin − start), counted from the arrival or from what it needs):
 *
 * - An answer that took longer than the new B becomes TIMED_OUT (RESPONSE) at B, without facts: what a
 *   cache would have served in its stead is not recorded.
 * - A timeout comes at the new B. If B grew and audit.late has an answer that took no longer than it,
 *   that answer is used instead, when it was appended. Without one the call waits in vain; beyond the
 *   enricher's lateWaitMs that is an assumption, for nobody listened any longer.
 * - What FAILED stays FAILED when it took no longer than B, else it is a timeout.
 * - NO_ANSWER, and NOT_NEEDED when it is needed now, take their answer from audit.late by its append
 *   time. Without one nothing is known: they stay pending, which is an assumption.
 * - Overrides and SKIPPED stay, except NEEDS_UNMET: what needs another dependency follows it. An answer
 *   that was never asked for is unknown.
 * - Staleness is reckoned anew only where `staleAfterMs` changes.
 */
import type { UsedLookup } from '../../../schemas/records.ts'
import type { DependencyPolicy } from '../../policy/policy.ts'
import type { Deadline } from './deadline.ts'
import type { Recording } from './recording.ts'
import { answered, failed, isDropped, isPending, isTimedOut, kept, skipped } from './settled.ts'
import { timedOut, unknown } from './settled.ts'
import type { Case, Settled } from './settled.ts'
import type { Change, Terms } from './terms.ts'

export interface Retelling {
  readonly recording: Recording
  readonly before: Terms
  readonly after: Terms
  readonly deadline: Deadline
  readonly fails: Change['fails']
  /** How long enrichers keep listening for a late answer once a budget is over. */
  readonly lateWaitMs: number
  /** Dependencies of which rules read facts that the record did not keep. */
  readonly blind: ReadonlySet<string>
}

/** Every dependency of the new terms, in their order. */
export function settleAgain(retelling: Retelling): Settled[] {
  const { dependencies } = retelling.after
  const told = new Map<string, Settled>()
  const tell = (dependency: DependencyPolicy): Settled => {
    const known = told.get(dependency.name)
    if (known !== undefined) return known
    const { needs } = dependency
    const needed =
      needs === null ? undefined : dependencies.find(({ name }) => name === needs.dependency)
    const settled = settleOne(retelling, dependency, needed === undefined ? null : tell(needed))
    told.set(dependency.name, settled)
    return settled
  }
  return dependencies.map(tell)
}

function settleOne(
  retelling: Retelling,
  dependency: DependencyPolicy,
  needed: Settled | null,
): Settled {
  const { recording, before, blind, lateWaitMs, fails } = retelling
  const { name } = dependency
  const recorded = recording.decision.lookups.find((one) => one.dependency === name)
  if (recorded === undefined) return { ...unknown({ recording, dueAt: 0 }, name), assumed: true }
  const late = recording.late.get(name) ?? null
  const times = timesOf(retelling, dependency, recorded, needed)
  const { dueAt } = retelling.deadline
  const one: Case = { recording, before, dependency, recorded, late, dueAt, ...times }
  const followed = needed === null ? null : followNeed(one, needed, endsAt(retelling))
  if (followed !== null) return followed
  const failure = fails.get(name)
  const settled = failure === undefined ? settleAsked(one, lateWaitMs) : failed(one, failure)
  const unread = blind.has(name) && settled.lookup?.outcome === 'FOUND'
  return unread ? { ...settled, assumed: true } : settled
}

/** Lookups end here at the latest. */
function endsAt({ deadline, after }: Retelling): number {
  return deadline.decideBy - after.margins.enricherMs
}

function timesOf(
  retelling: Retelling,
  dependency: DependencyPolicy,
  recorded: UsedLookup,
  needed: Settled | null,
): Pick<Case, 'startedAt' | 'startsAt' | 'budgetMs'> {
  const { before, recording } = retelling
  const { arrivedAt, decideBy } = recording.decision
  const earlier = before.dependencies.find(({ name }) => name === dependency.name)
  const startedAt = startedOf(retelling, earlier?.needs?.dependency ?? null)
  const startsAt =
    needed === null || needed.at === Infinity ? arrivedAt : Math.max(arrivedAt, needed.at)
  const budgetMs = Math.min(dependency.timeoutMs, endsAt(retelling) - startsAt)
  const oldEnd = decideBy - before.margins.enricherMs
  const oldMs = Math.min(earlier?.timeoutMs ?? dependency.timeoutMs, oldEnd - startedAt)
  // What the enricher reckoned is what counts; terms only tell how it changes.
  const known = recorded.budgetMs > 0 ? recorded.budgetMs + (budgetMs - oldMs) : budgetMs
  return { startedAt, startsAt, budgetMs: Math.max(0, known) }
}

/** From where a lookup's time counted when it was recorded. */
function startedOf({ recording }: Retelling, need: string | null): number {
  const { arrivedAt, appendedAt, lookups } = recording.decision
  if (need === null) return arrivedAt
  const used = lookups.find(({ dependency }) => dependency === need)
  const late = recording.late.get(need)
  const lateAt = late === undefined ? arrivedAt : appendedAt + late.lateByMs
  return Math.max(arrivedAt, used?.settledAt ?? lateAt)
}

/** What becomes of a lookup because of the one it needs; null: it is asked as any other. */
function followNeed(one: Case, needed: Settled, end: number): Settled | null {
  const { recorded, dependency, before } = one
  const unmet = recorded.outcome === 'SKIPPED' && recorded.cause === 'NEEDS_UNMET'
  if (needed.asRecorded) return unmet ? kept(one) : null
  if (needed.lookup === null && isPending(recorded) && wasPending(one, needed.dependency)) {
    return unknown(one, recorded.dependency)
  }
  if (needed.lookup === null || needed.at > end) return skipped(one, needed, end)
  const fact = dependency.needs?.fact ?? ''
  // A dropped fact does not show: then an answer counts as having had it.
  const met = isDropped(before, needed.dependency, fact)
    ? needed.lookup.outcome === 'FOUND'
    : (needed.lookup.facts[fact] ?? null) !== null
  if (!met) return skipped(one, needed, end)
  return unmet ? unknown(one, recorded.dependency) : null
}

function wasPending({ recording }: Case, dependency: string): boolean {
  const used = recording.decision.lookups.find((lookup) => lookup.dependency === dependency)
  return used === undefined || isPending(used)
}

function settleAsked(one: Case, lateWaitMs: number): Settled {
  const { recorded, late, budgetMs } = one
  if (recorded.origin === 'OVERRIDE' || recorded.outcome === 'SKIPPED') return kept(one)
  if (isPending(recorded)) {
    if (late === null) return unknown(one, recorded.dependency)
    return late.latencyMs <= budgetMs ? answered(one, late) : timedOut(one, false)
  }
  const grewMs = budgetMs - recorded.budgetMs
  if (!isTimedOut(recorded)) {
    return grewMs >= 0 || recorded.latencyMs <= budgetMs ? kept(one) : timedOut(one, false)
  }
  if (grewMs === 0) return kept(one)
  if (grewMs > 0 && late !== null && late.latencyMs <= budgetMs) return answered(one, late)
  return timedOut(one, late === null && grewMs > lateWaitMs)
}
