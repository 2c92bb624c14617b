/** The terms a call was decided on: how long to wait, for whom; and the terms to try instead. */
import type { Cause } from '../../../schemas/records.ts'
import type { DependencyPolicy, Margins, Policy } from '../../policy/policy.ts'

export interface Terms {
  readonly windowMs: number
  readonly margins: Margins
  readonly dependencies: readonly DependencyPolicy[]
}

/** How a dependency is made to fail; NO_ANSWER: nothing at all comes from its enricher. */
export interface Failure {
  readonly outcome: 'TIMED_OUT' | 'FAILED' | 'NO_ANSWER'
  readonly cause: Cause | null
}

/** What is changed; nothing of it: the decisions must come out as they were. */
export interface Change {
  /** Rules, fallbacks, timeouts, window and ages of another policy. */
  readonly policy: Policy | null
  readonly windowMs: number | null
  /** By dependency, milliseconds. */
  readonly timeouts: ReadonlyMap<string, number>
  /** By dependency. */
  readonly fails: ReadonlyMap<string, Failure>
}

export const NO_CHANGE: Change = {
  policy: null,
  windowMs: null,
  timeouts: new Map(),
  fails: new Map(),
}

export function isNoChange({ policy, windowMs, timeouts, fails }: Change): boolean {
  return policy === null && windowMs === null && timeouts.size === 0 && fails.size === 0
}

/** The terms under which a call is decided again, when `recorded` governed it. */
export function termsAfter(recorded: Terms, change: Change): Terms {
  const base = change.policy ?? recorded
  return {
    windowMs: change.windowMs ?? base.windowMs,
    margins: base.margins,
    dependencies: base.dependencies.map((one) => {
      const timeoutMs = change.timeouts.get(one.name)
      return timeoutMs === undefined ? one : { ...one, timeoutMs }
    }),
  }
}

/** How long a dependency may be asked at most: its timeout, cut by the window. */
export function budgetMaxMs(terms: Terms, dependency: DependencyPolicy): number {
  return Math.min(dependency.timeoutMs, terms.windowMs - terms.margins.enricherMs)
}
