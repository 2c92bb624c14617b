/**
 * What a member's joins and batches mean for its service. Where it stands, and what is paused, is known here
 * alone: kafkajs would rewind every retained partition to the committed offset at each rebalance, and keep
 * the pauses of lost ones.
 */
import type { TopicName } from '../../topology.ts'
import type { RecordBatch } from '../ports.ts'
import type { Wanted } from './fetch/format.ts'
import { tellSkipped } from './fetch/records.ts'
import type { GroupState } from './group-state.ts'
import { type Join, joined } from './membership.ts'

/** Runs a call of the service; `failed` hears when it threw, which it must not. */
export type Guard = (run: () => void) => void

export function revoke(state: GroupState): void {
  if (!state.revoked) {
    state.revoked = true
    state.handler?.revoking()
  }
}

export function onJoined(state: GroupState, join: Join, guard: Guard): void {
  const { positions, group, options } = state
  if (state.stopped) {
    return
  }
  revoke(state)
  // A partition whose position was found to be gone in some topic can only begin anew.
  const gone = positions.all().filter((each) => each.state.bounds !== undefined)
  const next = joined(state.membership, join, new Set(gone.map(({ partition }) => partition)))
  state.membership = next.membership
  const { assignment } = next
  for (const topic of state.topics) {
    for (const partition of assignment.lost) {
      positions.drop(topic, partition)
    }
    for (const partition of assignment.gained) {
      positions.gain(topic, partition)
    }
  }
  state.aliveAtMs = options.clock.nowMs()
  state.revoked = false
  options.logger.info({ group, ...assignment }, 'partitions assigned')
  guard(() => state.handler?.assigned(assignment))
}

/** The next offsets to be read, by topic as it is called on the brokers; none while the group rebalances. */
export function positionsOf({ positions, wire, revoked, stopped }: GroupState): Wanted {
  if (revoked || stopped) return new Map()
  return positions.wanted((topic) => wire.names.physical(topic as TopicName))
}

/** What was read from an offset on; handed on where reading still stands there. */
export function onRead(
  state: GroupState,
  batch: RecordBatch,
  fetchedOffset: number,
  guard: Guard,
): void {
  const standing = state.positions.get(batch.topic, batch.partition)
  if (state.revoked || state.stopped || standing === undefined || standing.paused) return
  // From before a seek.
  if (fetchedOffset !== standing.position) return
  standing.position = batch.nextOffset
  tellSkipped(state.options.logger, batch, { group: state.group })
  guard(() => state.handler?.records(batch))
}
