/**
 * How long a lookup may take (design §5): the dependency's own timeout, but never beyond the moment
 * after which its record could not reach the router in time. All times are broker times in
 * milliseconds, counted from append times, so that a lookup repeated after a crash gets what is left.
 */

export interface BudgetQuestion {
  /** Append time of the arrival. */
  readonly arrivedAt: number
  /** The switch's own limit; null: the policy's window alone. */
  readonly decideWithinMs: number | null
  /** From here the dependency's timeout counts: the arrival, or the record of what it needs. */
  readonly startedAt: number
  readonly timeoutMs: number
  readonly windowMs: number
  readonly enricherMarginMs: number
  readonly now: number
}

export type Budget =
  | { readonly open: true; readonly endsAt: number; readonly budgetMs: number }
  /** No time is left: the request is not looked up. */
  | { readonly open: false }

/** When the decision of an arrival is due, by the design's table of words. */
export function decideByOf(
  question: Pick<BudgetQuestion, 'arrivedAt' | 'decideWithinMs' | 'windowMs'>,
): number {
  const { arrivedAt, decideWithinMs, windowMs } = question
  // A negative limit is a mistake of the switch, not a wish.
  const withinMs = decideWithinMs === null || decideWithinMs < 0 ? windowMs : decideWithinMs
  return arrivedAt + Math.min(windowMs, withinMs)
}

/** The budget of one lookup: `budgetMs` from `startedAt`, over at `endsAt`. */
export function budgetOf(question: BudgetQuestion): Budget {
  const { startedAt, timeoutMs, enricherMarginMs, now } = question
  const endsAt = Math.min(startedAt + timeoutMs, decideByOf(question) - enricherMarginMs)
  if (endsAt <= now || endsAt <= startedAt) return { open: false }
  return { open: true, endsAt, budgetMs: endsAt - startedAt }
}
