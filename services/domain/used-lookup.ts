/** A settled lookup as a decision uses and records it. */
import type { LookupSettled, UsedLookup } from '../../schemas/records.ts'

/**
 * Turns a lookup's record into the form decisions carry. `settledAt` is the record's append time in
 * milliseconds, `settledOffset` its offset in call.lookup.
 */
export function usedLookup(
  lookup: LookupSettled,
  settledAt: number,
  settledOffset: number,
): UsedLookup {
  return {
    dependency: lookup.dependency,
    outcome: lookup.outcome,
    cause: lookup.cause,
    origin: lookup.origin,
    stale: lookup.stale,
    missing: lookup.missing,
    facts: lookup.facts,
    syncedAt: lookup.syncedAt,
    asked: lookup.asked,
    attempts: lookup.attempts,
    latencyMs: lookup.latencyMs,
    budgetMs: lookup.budgetMs,
    detail: lookup.detail,
    settledAt,
    settledOffset,
  }
}

/**
 * A dependency that was still pending when the call was decided, as the decision records it.
 * `latencyMs` is how long the call had waited for it, in milliseconds.
 */
export function pendingLookup(
  dependency: string,
  pendingAs: 'NO_ANSWER' | 'NOT_NEEDED',
  latencyMs: number,
): UsedLookup {
  return {
    dependency,
    outcome: pendingAs,
    cause: null,
    origin: 'NONE',
    stale: false,
    missing: [],
    facts: {},
    syncedAt: null,
    asked: '',
    attempts: 0,
    latencyMs,
    budgetMs: 0,
    detail: '',
    settledAt: null,
    settledOffset: null,
  }
}

const ANSWERS: ReadonlySet<string> = new Set(['FOUND', 'NO_MATCH', 'MULTIPLE_MATCH'])

/** True when the dependency itself answered, as opposed to a cache, an override or a timeout event. */
export function isLiveAnswer(lookup: Pick<UsedLookup, 'origin' | 'outcome'>): boolean {
  return lookup.origin === 'LIVE' && ANSWERS.has(lookup.outcome)
}
