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

/**
 * Decisions this far ahead of the arrivals can wait, once many are kept: those of calls read long ago
 * may come as late as that, and must be seen before they are decided again.
 */
const ROUTED_AHEAD_MS = 30_000
/** Unacknowledged and overdue requests count as well; they are bounded by a multiple of the limit. */
const HELD_FACTOR = 4

/**
 * `before`: the flow so far, for reading goes on at half of what stopped it. `heldBytes`: what is kept of
 * records whose schema is being asked for, or whose dead letter is being written.
 */
export function flowOf(
  state: PartitionState,
  before: Flow,
  heldBytes: (flow: keyof Flow) => number = () => 0,
): Flow {
  const { openMax, earlyMax, heldBytesMax } = state.config
  const { open } = state.gate
  const openLimit = openMax * (open ? HELD_FACTOR : 1)
  const earlyLimit = earlyMax / 2
  const below = (count: number, limit: number, reads: boolean): boolean =>
    count < (reads ? limit : limit / 2)
  const light = (flow: keyof Flow): boolean => below(heldBytes(flow), heldBytesMax, before[flow])
  // Arrivals that are decided but whose dead letter is owed are open for the watermark.
  const unfinished = Math.max(state.open.size, state.watermark.size)
  return {
    arrived: below(unfinished, openLimit, before.arrived) && light('arrived'),
    lookups: !open || (below(state.early.size, earlyLimit, before.lookups) && light('lookups')),
    routed: !open || (routedMayGoOn(state) && light('routed')),
  }
}

const routedMayGoOn = ({ routedUpTo, arrivedUpTo, markers, config }: PartitionState): boolean =>
  routedUpTo - arrivedUpTo < ROUTED_AHEAD_MS || markers.size < config.openMax
