/**
 * The independent checker of the promises I1 to I10 (design §9). It reads what is stored and what was
 * done, and shares no code with the router's core.
 */
import {
  decidedOnTime,
  everyArrivalDecided,
  noDecisionWithoutArrival,
  oneEffectiveDecision,
} from './calls.ts'
import type { Evidence, Finding, PromiseId } from './evidence.ts'
import { everyFallbackAudited } from './fallbacks.ts'
import { lagReturns, nothingPrivateInClear } from './operations.ts'
import { decisionsReplay, lateAnswersRecorded, poisonSetAside } from './records.ts'

interface PromiseSpec {
  /** The promise, for people. */
  readonly text: string
  readonly check: (evidence: Evidence) => Finding
}

export const PROMISES: { readonly [Id in PromiseId]: PromiseSpec } = {
  I1: { text: 'every acknowledged arrival has a decision', check: everyArrivalDecided },
  I2: { text: 'one effective decision per route request', check: oneEffectiveDecision },
  I3: { text: 'no decision without an arrival', check: noDecisionWithoutArrival },
  I4: { text: 'no decision later than decideBy', check: decidedOnTime },
  I5: { text: 'every fallback audited once, with its real reason', check: everyFallbackAudited },
  I6: { text: 'late answers change nothing and are recorded', check: lateAnswersRecorded },
  I7: { text: 'recorded inputs give the recorded decision again', check: decisionsReplay },
  I8: { text: 'a dead letter per unreadable record', check: poisonSetAside },
  I9: { text: 'lag returns to zero after the last fault', check: lagReturns },
  I10: { text: 'nothing private in clear', check: nothingPrivateInClear },
}

export interface PromiseVerdict extends Finding {
  readonly id: PromiseId
  readonly text: string
  /** False also when there was nothing to look at: a promise nobody checked does not hold. */
  readonly holds: boolean
}

/** What was judged in parts as one: what holds must be broken in none and looked at in some. */
export function together(parts: readonly (readonly PromiseVerdict[])[]): readonly PromiseVerdict[] {
  const [first = []] = parts
  return first.map((verdict, index) => {
    const all = parts.flatMap((part) => part[index] ?? [])
    const checked = all.reduce((sum, one) => sum + one.checked, 0)
    const breaches = all.flatMap((one) => one.breaches)
    return { ...verdict, checked, breaches, holds: breaches.length === 0 && checked > 0 }
  })
}

/** Checks the promises named, all of them unless told otherwise, in their order. */
export function verify(
  evidence: Evidence,
  ids: readonly PromiseId[] = Object.keys(PROMISES) as PromiseId[],
): readonly PromiseVerdict[] {
  return ids.map((id) => {
    const { text, check } = PROMISES[id]
    const finding = check(evidence)
    return { id, text, holds: finding.breaches.length === 0 && finding.checked > 0, ...finding }
  })
}
