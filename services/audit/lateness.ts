/** How late a late answer was, in words. */
import type { LookupArrivedLate } from '../../schemas/records.ts'

/**
 * Counted against the decision's append time: an answer may come while the decision is being written,
 * or between its lookup's timeout event and a decision that waited for others.
 */
export function lateness({ lateByMs, settledAs }: LookupArrivedLate): string {
  if (lateByMs >= 0) return `${lateByMs} ms after the decision`
  const pending = settledAs === 'NO_ANSWER' || settledAs === 'NOT_NEEDED'
  return pending ? 'while the decision was being written' : 'after its time was up'
}
