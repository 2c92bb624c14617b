/** One route request while it is open: its arrival, the lookups that settled, what was decided. */
import type { CallArrived, LookupSettled, Trigger, UsedLookup } from '../../../schemas/records.ts'
import type { Facts } from '../../domain/facts.ts'
import type { RequestId } from '../../domain/request.ts'
import { pendingLookup, usedLookup } from '../../domain/used-lookup.ts'
import type { Policy, Unreadable } from '../../policy/policy.ts'
import type { Deadline } from './deadline.ts'

/** Where and as what an arrival was read. */
export interface ArrivalPlace extends RequestId {
  readonly offset: number
  readonly appendedAt: number
  readonly traceparent: string | Uint8Array | null
}

/**
 * READABLE: `arrival` is there. UNREADABLE: never will be. HELD: its writer's schema is being asked
 * for; at its deadline it counts as unreadable.
 */
export type Reading =
  | { readonly state: 'READABLE'; readonly arrival: CallArrived; readonly inputs: Facts }
  | { readonly state: 'UNREADABLE' | 'HELD'; readonly why: Omit<Unreadable, 'waitedMs'> }

export interface Request extends ArrivalPlace, Omit<Deadline, 'dueAt'> {
  readonly key: string
  /** When the core decides with what it has; later once the partition was handed over. */
  dueAt: number
  readonly policy: Policy
  reading: Reading
  /** When it was read, broker time. */
  readonly readAt: number
  /** Read past decideBy, or found past it: decided after all others. */
  overdue: boolean
  /** In the order of the policy's dependencies; null: pending. */
  readonly lookups: (UsedLookup | null)[]
  pending: number
  decided: { readonly decisionId: string; readonly decidedAt: number; trigger: Trigger } | null
  /** Waits for the gate to be looked at again. */
  waiting: boolean
  /** No longer open: decided and acknowledged, or found decided. */
  gone: boolean
}

/**
 * Takes in a settled lookup. The first by offset counts, later ones never (design §4.4); a lower offset
 * that was read later (its schema had to be asked for) replaces a higher one while undecided. True when
 * the lookup counts.
 */
export function settle(
  request: Request,
  lookup: LookupSettled,
  appendedAt: number,
  offset: number,
): boolean {
  if (request.decided !== null) return false
  const index = request.policy.dependencies.findIndex(({ name }) => name === lookup.dependency)
  if (index < 0) return false
  const known = request.lookups[index] ?? null
  if (known !== null && (known.settledOffset ?? -1) <= offset) return false
  if (known === null) request.pending -= 1
  request.lookups[index] = usedLookup(lookup, appendedAt, offset)
  return true
}

/** A longest wait that still fits the records' 32 bits. */
const WAIT_MS_MAX = 2 ** 31 - 1

export function waitedMs(request: Pick<Request, 'appendedAt'>, now: number): number {
  return Math.max(0, Math.min(WAIT_MS_MAX, Math.floor(now) - request.appendedAt))
}

/** All dependencies in the policy's order, the pending ones as what the decision made of them. */
export function usedLookups(
  request: Request,
  pendingAs: 'NO_ANSWER' | 'NOT_NEEDED',
  decidedAt: number,
): UsedLookup[] {
  const latencyMs = pendingAs === 'NO_ANSWER' ? waitedMs(request, decidedAt) : 0
  return request.policy.dependencies.map(
    ({ name }, index) => request.lookups[index] ?? pendingLookup(name, pendingAs, latencyMs),
  )
}
