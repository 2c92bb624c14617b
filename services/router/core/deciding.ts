/** How requests come to be decided: by a lookup, by the deadline, by the load; and what ends them. */
import type { LookupSettled, Trigger } from '../../../schemas/records.ts'
import type { Verdict } from '../../policy/policy.ts'
import { isVoid } from '../../domain/horizon.ts'
import { requestKey, type RequestId } from '../../domain/request.ts'
import { certainVerdict, decisionOf } from './decision.ts'
import { type Request, settle } from './request.ts'
import type { Noticed, PartitionState } from './state.ts'

/** How many requests that waited for the gate are looked at in one tick. */
const WAITING_PER_TICK = 200

export function notice(state: PartitionState, what: Noticed, count = 1): void {
  if (count > 0) state.effects.push({ type: 'noticed', what, count })
}

function decide(
  state: PartitionState,
  request: Request,
  trigger: Trigger,
  verdict: Verdict | null,
  now: number,
): void {
  const decision = decisionOf(request, trigger, verdict, now, state.config)
  if (request.decided === null && !request.overdue) state.inTime -= 1
  const { decisionId, decidedAt } = decision
  request.decided = { decisionId, decidedAt, trigger: decision.trigger }
  state.effects.push({ type: 'publish', request, decision })
}

/** Decides a request whose route is certain (design §4.2), unless the gate or the lane forbid it. */
export function evaluate(state: PartitionState, request: Request, now: number): void {
  if (request.decided !== null || request.gone || request.overdue) return
  if (!state.gate.open) {
    wait(state, request)
    return
  }
  if (state.lane.publishes !== 'at-once' && now < request.dueAt) return
  if (now >= request.decideBy) {
    becomeOverdue(state, request)
    return
  }
  if (request.reading.state === 'HELD') return
  if (request.reading.state === 'UNREADABLE') {
    decide(state, request, 'UNREADABLE', null, now)
    return
  }
  const verdict = certainVerdict(request)
  if (failed(request)) decide(state, request, 'UNREADABLE', null, now)
  if (verdict === null) return
  decide(state, request, request.pending === 0 ? 'ALL_SETTLED' : 'OUTCOME_CERTAIN', verdict, now)
}

/** The policy could not decide it, and with all answers there it never will. */
const failed = ({ reading }: Request): boolean => reading.state === 'UNREADABLE'

function wait(state: PartitionState, request: Request): void {
  if (request.waiting) return
  request.waiting = true
  state.unseen.push(request)
}

/** It was read in time and missed: by a stall of ours, or behind a gate that opened too late. */
function becomeOverdue(state: PartitionState, request: Request): void {
  request.overdue = true
  state.inTime -= 1
  const { overdue, overdueFrom, lane } = state
  // Where others wait for the other lane it goes before them: that lane has had its chance.
  if (lane.overdueDelayMs > 0) overdue.splice(overdueFrom, 0, request)
  else overdue.push(request)
}

/** Broker time from which an overdue request may be decided (design §4, Lanes). */
function overdueFromAt({ lane }: PartitionState, { readAt, decideBy }: Request): number {
  if (readAt < decideBy && lane.overdueDelayMs !== Infinity) return decideBy
  return readAt + lane.overdueDelayMs
}

/** Decides a request with what it has: at its deadline, or to make room. */
function decideAsItIs(
  state: PartitionState,
  request: Request,
  trigger: 'DEADLINE' | 'CAPACITY' | 'LATE_START',
  now: number,
): void {
  const verdict = certainVerdict(request)
  const certain = request.pending === 0 ? 'ALL_SETTLED' : 'OUTCOME_CERTAIN'
  const named = verdict === null || trigger === 'LATE_START' ? trigger : certain
  decide(state, request, named, verdict, now)
}

export function lookupSettled(
  state: PartitionState,
  input: { readonly lookup: LookupSettled; readonly offset: number; readonly appendedAt: number },
  now: number,
): void {
  const { lookup, offset, appendedAt } = input
  const key = requestKey(lookup)
  const request = state.open.get(key)
  if (request !== undefined) {
    if (settle(request, lookup, appendedAt, offset)) evaluate(state, request, now)
    else notice(state, 'lookup-unused')
  } else if (state.markers.has(key)) notice(state, 'lookup-unused')
  else notice(state, 'lookup-dropped', state.early.add(key, { lookup, offset, appendedAt }, now))
}

/**
 * True when `marked` could learn nothing from a decision but that it was stored: its request is decided
 * for good, or it is the very one that was given out to be published.
 */
export function isKnown(
  { markers, open }: PartitionState,
  marker: RequestId & { readonly decisionId: string },
): boolean {
  const key = requestKey(marker)
  return markers.has(key) || open.get(key)?.decided?.decisionId === marker.decisionId
}

/** A decision was read back, one's own or another router's. The first not void one counts. */
export function marked(
  state: PartitionState,
  marker: RequestId & { readonly decidedAt: number; readonly appendedAt: number },
): void {
  state.routedUpTo = Math.max(state.routedUpTo, marker.appendedAt)
  if (isVoid(marker.decidedAt, marker.appendedAt)) {
    notice(state, 'decision-void')
    return
  }
  const key = requestKey(marker)
  state.markers.add(key, marker.appendedAt)
  const request = state.open.get(key)
  if (request === undefined) return
  if (request.decided === null) notice(state, 'found-decided')
  end(state, request)
}

export function acknowledged(
  state: PartitionState,
  request: Request,
  decidedAt: number,
  appendedAt: number,
  now: number,
): void {
  if (request.gone) return
  if (isVoid(decidedAt, appendedAt)) {
    notice(state, 'decision-void')
    decideAgain(state, request, now)
    return
  }
  state.markers.add(request.key, appendedAt)
  end(state, request)
}

/**
 * A decision that could not be appended is made again from the same lookups, as of now: one that comes
 * more than H/2 after it was decided would be void. If both are appended, the first counts.
 */
export function decideAgain(state: PartitionState, request: Request, now: number): void {
  if (request.gone || request.decided === null) return
  if (!state.gate.open) {
    wait(state, request)
    return
  }
  decide(state, request, request.decided.trigger, certainVerdict(request), now)
}

/** The request is decided for good. */
function end(state: PartitionState, request: Request): void {
  if (request.decided === null && !request.overdue) state.inTime -= 1
  request.gone = true
  state.open.delete(request.key)
  state.watermark.finish(request.offset)
}

/** Beyond the limit the oldest request is decided as it is (design §4.9). */
export function makeRoom(state: PartitionState, now: number): void {
  if (!state.gate.open || state.lane.publishes !== 'at-once') return
  while (state.inTime > state.config.openMax) {
    const oldest = state.due.pop()
    if (oldest === undefined) return
    if (oldest.gone || oldest.overdue || oldest.decided !== null) continue
    if (now >= oldest.decideBy) becomeOverdue(state, oldest)
    else decideAsItIs(state, oldest, 'CAPACITY', now)
  }
}

/**
 * What is due is decided first, then what waited for the gate, then at most `overdueMax` overdue
 * requests (design §4.8). Nothing while the gate is closed.
 */
export function tick(state: PartitionState, overdueMax: number, now: number): void {
  if (!state.gate.open) return
  for (;;) {
    const next = state.due.peek()
    if (next === undefined || !(next.dueAt <= now)) break
    state.due.pop()
    if (next.gone || next.overdue || next.decided !== null) continue
    if (now >= next.decideBy) becomeOverdue(state, next)
    else decideAsItIs(state, next, 'DEADLINE', now)
  }
  for (const request of state.unseen.splice(0, WAITING_PER_TICK)) {
    request.waiting = false
    if (request.decided === null) evaluate(state, request, now)
    else decideAgain(state, request, now)
  }
  makeRoom(state, now)
  drainOverdue(state, overdueMax, now)
  notice(state, 'lookup-dropped', state.early.expire(state.arrivedUpTo, now))
}

function drainOverdue(state: PartitionState, overdueMax: number, now: number): void {
  let left = overdueMax
  while (left > 0 && state.overdueFrom < state.overdue.length) {
    const request = state.overdue[state.overdueFrom]
    if (request === undefined) break
    if (!request.gone && request.decided === null) {
      if (now < overdueFromAt(state, request)) break
      decideAsItIs(state, request, 'LATE_START', now)
      left -= 1
    }
    state.overdueFrom += 1
  }
  if (state.overdueFrom === state.overdue.length) {
    state.overdue = []
    state.overdueFrom = 0
  } else if (state.overdueFrom > 1000) {
    state.overdue = state.overdue.slice(state.overdueFrom)
    state.overdueFrom = 0
  }
}

/** Broker time at which `tick` will have something to do; null: only after further input. */
export function nextTickAt(state: PartitionState): number | null {
  if (!state.gate.open) return null
  if (state.unseen.length > 0) return -Infinity
  const first = state.overdue[state.overdueFrom]
  const overdueAt = first === undefined ? Infinity : overdueFromAt(state, first)
  while (isSettled(state.due.peek())) state.due.pop()
  const at = Math.min(overdueAt, state.due.peek()?.dueAt ?? Infinity)
  return at === Infinity ? null : at
}

function isSettled(request: Request | undefined): boolean {
  return request !== undefined && (request.gone || request.overdue || request.decided !== null)
}
