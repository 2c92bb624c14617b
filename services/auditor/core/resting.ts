/**
 * Requests that no answer is expected for: a decision waits for those of dependencies that do not ask, or for
 * none. Nothing is kept of the former but where they stand; should an answer come all the same, they are read
 * again.
 */
import type { LookupSettled } from '../../../schemas/records.ts'
import { requestKey } from '../../domain/request.ts'
import { isLiveAnswer } from '../../domain/used-lookup.ts'
import {
  type Answer,
  type AuditPartition,
  type Awaiting,
  awaitingOf,
  type Kept,
  type Routed,
} from './memory.ts'

/** What was let go of a request that no answer was expected for. */
export interface Resting {
  /** Dependencies that a live answer would be told of. */
  readonly waitsFor: readonly string[]
  readonly decisionOffset: number
  /** Of the late answers already told, in order. */
  readonly lateOffsets: readonly number[]
}

/** What has to be read again before this lookup can be told; null: nothing has. */
export function restingFor(state: AuditPartition, lookup: LookupSettled): Resting | null {
  if (!isLiveAnswer(lookup)) return null
  const note = state.resting.noteOf(requestKey(lookup))
  const resting = note === undefined ? null : (JSON.parse(note) as Resting)
  return resting?.waitsFor.includes(lookup.dependency) === true ? resting : null
}

/** A request is kept again as it was. `routed` null: its decision can't be read any more, it is forgotten. */
export function wake(
  state: AuditPartition,
  lookup: LookupSettled,
  routed: Routed | null,
  late: readonly Answer[],
): void {
  const key = requestKey(lookup)
  state.resting.delete(key)
  if (routed === null) return
  const { decision, keep, ...at } = routed
  const entry = awaitingOf(state, key, at.appendedAt)
  const missing = decision.lookups.filter((used) => !isLiveAnswer(used))
  const unanswered = missing.map(({ dependency }) => dependency)
  entry.routed = { ...at, unanswered, decision: keep() }
  entry.late.push(...late)
  entry.skipped.push(...unanswered)
  entry.answers.push(
    ...late.map((one) => ({ dependency: one.lookup.dependency, offset: one.offset })),
  )
}

/**
 * Stops waiting when every dependency has given its live answer, before or after the decision; and keeps only
 * where things stand when those that have not do not ask: one decision in six, and hardly ever an answer.
 */
export function settle(
  state: AuditPartition,
  key: string,
  { since, late, skipped }: Awaiting,
  { offset, unanswered }: Kept,
): void {
  const waitsFor = unanswered.filter(
    (name) => !late.some(({ lookup }) => lookup.dependency === name),
  )
  if (!waitsFor.every((name) => skipped.includes(name))) return
  state.awaiting.delete(key)
  if (waitsFor.length === 0) return
  const lateOffsets = late.map((answer) => answer.offset)
  const note = { waitsFor, decisionOffset: offset, lateOffsets } satisfies Resting
  state.resting.add(key, since, JSON.stringify(note))
}
