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
import type { CallRouted, LookupSettled } from '../../../schemas/records.ts'
import { FORGET_EVERY_MS, HORIZON_MS, isVoid } from '../../domain/horizon.ts'
import { createLastingMap, type LastingMap } from '../../domain/lasting-map.ts'
import { requestKey } from '../../domain/request.ts'
import { createRoll, type Roll } from '../../domain/roll.ts'
import { isLiveAnswer } from '../../domain/used-lookup.ts'
import { contextOf } from './context.ts'
import type { Draft } from './draft.ts'
import { type EvidenceContext, evidenceOf, type RoutedAt } from './evidence.ts'
import { isLateFor, type LookupAt, lateRecord } from './late.ts'

export interface Routed extends RoutedAt {
  readonly fresh: boolean
  /** Has the decision kept in little room; what it gives gives it again. */
  readonly keep: () => () => CallRouted
}

export type Answer = LookupAt & { readonly fresh: boolean }

/** A decision that waits for live answers; of the room that all this takes, decisions take the most. */
interface Kept extends Omit<Routed, 'decision' | 'keep'> {
  readonly decision: () => CallRouted
  /** Dependencies that gave it no live answer. */
  readonly unanswered: readonly string[]
}

/** Which decision of a request is effective. */
interface Marker {
  readonly offset: number
  readonly decisionId: string
}

const markerNote = ({ offset, decisionId }: Marker): string => `${offset} ${decisionId}`

function markerOf(note: string): Marker {
  const space = note.indexOf(' ')
  return { offset: Number(note.slice(0, space)), decisionId: note.slice(space + 1) }
}

/** A decision that was told as not effective. */
interface Told {
  readonly offset: number
  readonly since: number
}

/** A request that a live answer may still surprise. */
interface Awaiting {
  since: number
  routed: Kept | null
  /** The first live answer of each dependency. */
  readonly answers: { readonly dependency: string; readonly offset: number }[]
  /** Those that came before the decision was read. */
  early: Answer[]
  /** Late answers already told, in order: they number the context's revisions. */
  readonly late: LookupAt[]
  /** Dependencies of which an enricher said that it does not ask. */
  readonly skipped: string[]
}

export const AUDITED_TOPICS = ['call.routed', 'call.lookup'] as const

export type AuditedTopic = (typeof AUDITED_TOPICS)[number]

export interface AuditPartition {
  /** Requests that have their decision, each with its marker as a note. */
  readonly decided: Roll
  /** By request and decision id: a producer's resend must not be told twice (design §4.5). */
  readonly told: LastingMap<string, Told>
  readonly awaiting: LastingMap<string, Awaiting>
  /** Those of which nothing is kept but where it stands, each with its `Resting` as a note. */
  readonly resting: Roll
  /** By topic, the append time up to which it was heard; 0 before anything was. */
  readonly seenAt: Record<AuditedTopic, number>
  /** What is older than this was forgotten. */
  forgotten: number
}

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

export interface Dropped {
  /** Requests that waited for a live answer, or answers for their decision, for the whole horizon. */
  readonly FORGOTTEN: number
  /** Memories given up before the horizon for want of room: the audit may have a hole there. */
  readonly EVICTED: number
}

/** Room for one partition; the shell's pacing keeps it from being needed. */
const AWAITING_MAX = 20_000
const DECIDED_MAX = 200_000

const NOTHING: AuditEffects = { drafts: [], noted: null }

export function emptyPartition(): AuditPartition {
  const seenAt = { 'call.routed': 0, 'call.lookup': 0 }
  return {
    decided: createRoll(),
    told: createLastingMap(),
    awaiting: createLastingMap(),
    resting: createRoll(),
    seenAt,
    forgotten: -Infinity,
  }
}

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
  if (state.decided.has(key) && !state.awaiting.has(key)) return
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

/**
 * Stops waiting when every dependency has given its live answer, before or after the decision; and keeps only
 * where things stand when those that have not do not ask: one decision in six, and hardly ever an answer.
 */
function settle(
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

function awaitingOf(state: AuditPartition, key: string, appendedAt: number): Awaiting {
  const known = state.awaiting.get(key)
  if (known !== undefined) {
    known.since = Math.max(known.since, appendedAt)
    return known
  }
  const entry: Awaiting = {
    since: appendedAt,
    routed: null,
    answers: [],
    early: [],
    late: [],
    skipped: [],
  }
  state.awaiting.set(key, entry)
  return entry
}

/**
 * Forgets what neither topic can speak of any more: the slower of the two sets the pace, so that
 * catching up on one does not lose what the other still has to tell. Maps keep their order of
 * insertion, which is near enough the order of time: looking at the oldest is enough.
 */
function forget(state: AuditPartition, before: number): Dropped | null {
  const { awaiting, resting, decided, told, forgotten } = state
  const crowded =
    awaiting.size > AWAITING_MAX ||
    [decided, told, resting].some((memory) => memory.size > DECIDED_MAX)
  if (before < forgotten + FORGET_EVERY_MS && !crowded) return null
  state.forgotten = before
  const waited = shed(awaiting, before, AWAITING_MAX)
  const rested = resting.forget(before, DECIDED_MAX)
  const remembered = [decided.forget(before, DECIDED_MAX), shed(told, before, DECIDED_MAX)]
  const EVICTED = [...remembered, waited, rested].reduce((sum, each) => sum + each.early, 0)
  const FORGOTTEN = waited.old + rested.old
  return FORGOTTEN + EVICTED === 0 ? null : { FORGOTTEN, EVICTED }
}

/** Deletes what is from before that time, and the oldest of what is more than there is room for. */
function shed(memory: LastingMap<string, { readonly since: number }>, before: number, max: number) {
  const count = { old: 0, early: 0 }
  for (const [key, { since }] of memory) {
    if (since >= before && memory.size <= max) break
    count[since < before ? 'old' : 'early'] += 1
    memory.delete(key)
  }
  return count
}
