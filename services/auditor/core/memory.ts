/** What the audit of one partition remembers for the horizon H, and forgets after it. */
import type { CallRouted } from '../../../schemas/records.ts'
import { FORGET_EVERY_MS } from '../../domain/horizon.ts'
import { createLastingMap, type LastingMap } from '../../domain/lasting-map.ts'
import { createRoll, type Roll } from '../../domain/roll.ts'
import type { RoutedAt } from './evidence.ts'
import type { LookupAt } from './late.ts'

export interface Routed extends RoutedAt {
  readonly fresh: boolean
  /** Has the decision kept in little room; what it gives gives it again. */
  readonly keep: () => () => CallRouted
}

export type Answer = LookupAt & { readonly fresh: boolean }

/** A decision that waits for live answers; of the room that all this takes, decisions take the most. */
export interface Kept extends Omit<Routed, 'decision' | 'keep'> {
  readonly decision: () => CallRouted
  /** Dependencies that gave it no live answer. */
  readonly unanswered: readonly string[]
}

/** Which decision of a request is effective. */
export interface Marker {
  readonly offset: number
  readonly decisionId: string
}

export const markerNote = ({ offset, decisionId }: Marker): string => `${offset} ${decisionId}`

export function markerOf(note: string): Marker {
  const space = note.indexOf(' ')
  return { offset: Number(note.slice(0, space)), decisionId: note.slice(space + 1) }
}

/** A decision that was told as not effective. */
interface Told {
  readonly offset: number
  readonly since: number
}

/** A request that a live answer may still surprise. */
export interface Awaiting {
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

export interface Dropped {
  /** Requests that waited for a live answer, or answers for their decision, for the whole horizon. */
  readonly FORGOTTEN: number
  /** Memories given up before the horizon for want of room: the audit may have a hole there. */
  readonly EVICTED: number
}

/** Room for one partition; the shell's pacing keeps it from being needed. */
const AWAITING_MAX = 20_000
const DECIDED_MAX = 200_000

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

/** What a request waits with, from now on if it did not. */
export function awaitingOf(state: AuditPartition, key: string, appendedAt: number): Awaiting {
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
export function forget(state: AuditPartition, before: number): Dropped | null {
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
