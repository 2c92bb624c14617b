/** What was recorded of one decision: the decision, and the live answers that it did not use. */
import type { DecisionAudited, LookupArrivedLate } from '../../../schemas/records.ts'

/** A late answer, in the form audit.late keeps it. */
export interface LateAnswer {
  readonly outcome: LookupArrivedLate['outcome']
  /** By audit class: facts of class `drop` are gone. */
  readonly facts: LookupArrivedLate['facts']
  readonly syncedAt: number | null
  /** From the start of the lookup to its answer, milliseconds. */
  readonly latencyMs: number
  /** After the decision's append time; negative when it came before. */
  readonly lateByMs: number
  readonly offset: number
}

export interface Recording {
  readonly decision: DecisionAudited
  /** By dependency. */
  readonly late: ReadonlyMap<string, LateAnswer>
}

/** The part of a record of audit.late that is worth keeping in memory. */
export function lateAnswerOf(record: LookupArrivedLate): LateAnswer {
  const { outcome, facts, syncedAt, latencyMs, lateByMs, lookupAt } = record
  return { outcome, facts, syncedAt, latencyMs, lateByMs, offset: lookupAt.offset }
}
