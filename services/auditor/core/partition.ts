/**
 * One partition's audit (design §4, Auditor).
 *
 * Two things are remembered for the horizon H: of every request which decision is effective (a marker:
 * the first readable, not void record), and of requests that a live answer may still surprise, the
 * decision and the answers. A decision and an answer may come in either order, because they stand in
 * two topics. Records below the commit are history (`fresh` is false): they rebuild the memory and
 * write nothing, unless the other half of a pair is fresh.
 *
 * `step` owns the state it is given: callers keep none of its earlier values.
 */
import { HORIZON_MS, isVoid } from '../../domain/horizon.ts'
import { requestKey } from '../../domain/request.ts'
import { isLiveAnswer } from '../../domain/used-lookup.ts'
import { contextOf } from './context.ts'
import type { Draft } from './draft.ts'
import { type EvidenceContext, evidenceOf } from './evidence.ts'
import { isLateFor, lateRecord } from './late.ts'
import {
  type Answer,
  type AuditedTopic,
  type AuditPartition,
  type Awaiting,
  awaitingOf,
  type Dropped,
  forget,
  type Marker,
  markerNote,
  markerOf,
  type Routed,
} from './memory.ts'
import { settle } from './resting.ts'

export type AuditInput =
  | ({ readonly type: 'routed' } & Routed)
  | ({ readonly type: 'lookup' } & Answer)
  /** The topic has nothing unread that was appended before `at`, however long ago it last spoke. */
  | { readonly type: 'caught-up'; readonly topic: AuditedTopic; readonly at: number }

type Repeated = 'REPEATED_ANSWER' | 'REPEATED_DECISION'

export interface AuditEffects {
  readonly drafts: readonly Draft[]
  /** What happened, for counters. */
  readonly noted: 'EFFECTIVE' | 'LOSER' | 'VOID' | 'LATE' | Repeated | null
  /** What is remembered no more because of this input; absent when nothing was forgotten. */
  readonly dropped?: Dropped
}

const NOTHING: AuditEffects = { drafts: [], noted: null }

/** Takes one record; gives the records to write because of it. */
export function step(
  state: AuditPartition,
  input: AuditInput,
  context: EvidenceContext,
): AuditEffects {
  const dropped = hear(state, input)
  const effects = take(state, input, context)
  return dropped === null ? effects : { ...effects, dropped }
}

function take(state: AuditPartition, input: AuditInput, context: EvidenceContext): AuditEffects {
  if (input.type === 'routed') return onRouted(state, input, context)
  if (input.type === 'lookup' && input.lookup.outcome === 'SKIPPED') onSkipped(state, input)
  if (input.type === 'caught-up' || !isLiveAnswer(input.lookup)) return NOTHING
  return onAnswer(state, input, context)
}

const TOPIC_OF = { routed: 'call.routed', lookup: 'call.lookup' } as const

/** Time goes on for the topic of this input: what is past the horizon for both is forgotten. */
function hear(state: AuditPartition, input: AuditInput): Dropped | null {
  const { seenAt } = state
  const caughtUp = input.type === 'caught-up'
  const topic = caughtUp ? input.topic : TOPIC_OF[input.type]
  seenAt[topic] = Math.max(seenAt[topic], caughtUp ? input.at : input.appendedAt)
  return forget(state, Math.min(seenAt['call.routed'], seenAt['call.lookup']) - HORIZON_MS)
}

function onRouted(state: AuditPartition, routed: Routed, context: EvidenceContext): AuditEffects {
  const { decision, appendedAt, fresh } = routed
  const key = requestKey(decision)
  const note = state.decided.noteOf(key)
  const marker = note === undefined ? undefined : markerOf(note)
  // Reading again after a rewind meets the effective record itself: it is no loser.
  if (marker?.offset === routed.offset) return NOTHING
  const unheard = isVoid(decision.decidedAt, appendedAt) || isMisplaced(routed)
  if (unheard || marker !== undefined) {
    if (isResend(state, routed, marker)) return repeated(routed, 'REPEATED_DECISION')
    if (!fresh) return NOTHING
    return { drafts: evidenceOf(routed, false, context), noted: unheard ? 'VOID' : 'LOSER' }
  }
  const { decisionId } = decision
  state.decided.add(key, appendedAt, markerNote({ offset: routed.offset, decisionId }))
  const drafts: Draft[] = []
  if (fresh) {
    const first = contextOf(decision, [], context)
    drafts.push(...evidenceOf(routed, true, context))
    drafts.push({ topic: 'call.context', callId: decision.callId, value: first })
  }
  drafts.push(...awaitAnswers(state, key, routed, context))
  return { drafts, noted: fresh ? 'EFFECTIVE' : null }
}

/** Tells what has come too late already, and waits for what a decision had no live answer of. */
function awaitAnswers(
  state: AuditPartition,
  key: string,
  routed: Routed,
  context: EvidenceContext,
): readonly Draft[] {
  const { decision, partition, offset, appendedAt, fresh } = routed
  const missing = decision.lookups.filter((used) => !isLiveAnswer(used))
  if (missing.length === 0) {
    state.awaiting.delete(key)
    return []
  }
  const at = { partition, offset, appendedAt, fresh }
  const entry = awaitingOf(state, key, appendedAt)
  const unanswered = missing.map(({ dependency }) => dependency)
  for (const used of missing) if (used.outcome === 'SKIPPED') entry.skipped.push(used.dependency)
  entry.routed = { ...at, unanswered, decision: () => decision }
  const early = entry.early.toSorted((a, b) => a.offset - b.offset)
  const drafts: Draft[] = []
  for (const answer of early) drafts.push(...tellLate(entry, answer, context))
  entry.early = []
  entry.routed = { ...at, unanswered, decision: routed.keep() }
  settle(state, key, entry, entry.routed)
  return drafts
}

/**
 * The same decision a second time: its acknowledgement was lost and its producer sent it again. It was
 * told once, and one id must never mean two things (design §4.5).
 */
function isResend(state: AuditPartition, routed: Routed, marker: Marker | undefined): boolean {
  const { decision, offset, appendedAt } = routed
  if (marker?.decisionId === decision.decisionId) return true
  const key = `${requestKey(decision)} ${decision.decisionId}`
  const told = state.told.get(key)
  if (told === undefined) state.told.set(key, { offset, since: appendedAt })
  return told !== undefined && told.offset !== offset
}

/** A copy outside the partition of its arrival: whoever put it there, it decides nothing. */
function isMisplaced({ decision, partition }: Routed): boolean {
  return decision.arrivalAt.partition !== partition
}

function onAnswer(state: AuditPartition, answer: Answer, context: EvidenceContext): AuditEffects {
  const key = requestKey(answer.lookup)
  if (state.decided.has(key) && !state.awaiting.has(key)) return again(answer)
  const entry = awaitingOf(state, key, answer.appendedAt)
  const { offset, lookup } = answer
  const first = entry.answers.find(({ dependency }) => dependency === lookup.dependency)
  if (first !== undefined) return first.offset === answer.offset ? NOTHING : again(answer)
  entry.answers.push({ dependency: lookup.dependency, offset })
  if (entry.routed === null) {
    entry.early.push(answer)
    return NOTHING
  }
  const drafts = tellLate(entry, answer, context)
  settle(state, key, entry, entry.routed)
  return { drafts, noted: drafts.length > 0 ? 'LATE' : null }
}

/** An enricher that does not ask for a call never has an answer for it, or it had to be started anew. */
function onSkipped(state: AuditPartition, { lookup, appendedAt }: Answer): void {
  const key = requestKey(lookup)
  const isAwaited = state.awaiting.has(key)
  if (state.decided.has(key) && !isAwaited) return
  // Enrichers that were away skip all that came meanwhile: calls long decided, for which nobody waits.
  if (lookup.cause === 'CALL_EXPIRED' && !isAwaited) return
  const entry = awaitingOf(state, key, appendedAt)
  entry.skipped.push(lookup.dependency)
  if (entry.routed !== null) settle(state, key, entry, entry.routed)
}

function repeated({ fresh }: { readonly fresh: boolean }, noted: Repeated): AuditEffects {
  return fresh ? { drafts: [], noted } : NOTHING
}

const again = (answer: Answer): AuditEffects => repeated(answer, 'REPEATED_ANSWER')

/** The records of a late answer, once both halves are known and one of them is fresh. */
function tellLate(entry: Awaiting, answer: Answer, context: EvidenceContext): readonly Draft[] {
  const { routed } = entry
  if (routed === null || !routed.unanswered.includes(answer.lookup.dependency)) return []
  const decision = routed.decision()
  if (!isLateFor(decision, answer)) return []
  entry.late.push(answer)
  if (!routed.fresh && !answer.fresh) return []
  const { callId } = decision
  return [
    { topic: 'audit.late', callId, value: lateRecord({ ...routed, decision }, answer, context) },
    { topic: 'call.context', callId, value: contextOf(decision, entry.late, context) },
  ]
}
