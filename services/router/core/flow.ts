/**
 * Which topics of a partition to read on (design §4.9): look-ahead is bounded, so that neither lookups
 * nor own output run far ahead of arrivals. What the gate waits for is always read.
 */
import type { PartitionState } from './state.ts'

export interface Flow {
  readonly arrived: boolean
  readonly lookups: boolean
  readonly routed: boolean
}

/** Own output this far ahead of the arrivals can wait. */
const ROUTED_AHEAD_MS = 30_000
/** Unacknowledged and overdue requests count as well; they are bounded by a multiple of the limit. */
const HELD_FACTOR = 4

/** `before`: the flow so far, for reading goes on at half of what stopped it. */
export function flowOf(state: PartitionState, before: Flow): Flow {
  const { openMax, earlyMax } = state.config
  const { open } = state.gate
  const openLimit = openMax * (open ? HELD_FACTOR : 1)
  const earlyLimit = earlyMax / 2
  return {
    arrived: state.open.size < (before.arrived ? openLimit : openLimit / 2),
    lookups: !open || state.early.size < (before.lookups ? earlyLimit : earlyLimit / 2),
    routed: !open || state.routedUpTo - state.arrivedUpTo < ROUTED_AHEAD_MS,
  }
}
