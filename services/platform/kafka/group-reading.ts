/**
 * What a member's joins and batches mean for its service. kafkajs rewinds every retained partition to
 * the committed offset at each rebalance and keeps the pauses of lost ones; both are put right at each
 * join, before its first fetch.
 */
import type { TopicName } from '../../topology.ts'
import { tellSkipped, toBatch } from './convert.ts'
import type { GroupState } from './group-state.ts'
import type { FetchedBatch } from './member.ts'
import { type Join, joined } from './membership.ts'

/** Runs a call of the service; `failed` hears when it threw, which it must not. */
export type Guard = (run: () => void) => void

export function revoke(state: GroupState): void {
  if (!state.revoked) {
    state.revoked = true
    state.handler?.revoking()
  }
}

/** Tells kafkajs about a partition what the table says. */
export function assertPosition(state: GroupState, topic: TopicName, partition: number): void {
  const { member, positions, wire } = state
  const standing = positions.get(topic, partition)
  const physical = wire.names.physical(topic)
  if (standing?.position !== undefined) {
    member?.seek(physical, partition, standing.position)
    standing.sought = true
  }
  if (standing === undefined || standing.paused || standing.position === undefined) {
    member?.pause(physical, [partition])
  } else {
    member?.resume(physical, [partition])
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
    for (const partition of assignment.partitions) {
      assertPosition(state, topic, partition)
    }
  }
  state.aliveAtMs = options.clock.nowMs()
  state.revoked = false
  options.logger.info({ group, ...assignment }, 'partitions assigned')
  guard(() => state.handler?.assigned(assignment))
}

/** True when the batch was handed on; false when it is not what comes next. */
export function onBatch(state: GroupState, batch: FetchedBatch, guard: Guard): boolean {
  const topic = state.wire.names.logical(batch.topic) as TopicName
  const { partition } = batch
  const standing = state.positions.get(topic, partition)
  if (state.revoked || state.stopped || standing?.position === undefined || standing.paused) {
    return false
  }
  if (batch.fetchedOffset !== standing.position) {
    // From before a seek, or kafkajs reads elsewhere than we stand: put it right.
    state.member?.seek(batch.topic, partition, standing.position)
    return false
  }
  standing.sought = false
  standing.position = batch.lastOffset + 1
  const nextOffset = standing.position
  const read = toBatch({ topic, partition, nextOffset }, batch.messages)
  tellSkipped(state.options.logger, read, { group: state.group })
  guard(() => state.handler?.records(read))
  return true
}

/** Offsets without records (transaction markers) were passed; kafkajs tells by an event only. */
export function onPassed(
  state: GroupState,
  passed: {
    readonly topic: string
    readonly partition: number
    readonly first: number
    readonly last: number
  },
  guard: Guard,
): void {
  const { partition, first, last } = passed
  const topic = state.wire.names.logical(passed.topic) as TopicName
  const standing = state.positions.get(topic, partition)
  if (state.revoked || standing?.position === undefined || last < standing.position) {
    return
  }
  if (first <= standing.position || !standing.sought) {
    standing.position = last + 1
    const nextOffset = standing.position
    guard(() => state.handler?.records({ topic, partition, records: [], nextOffset }))
  }
}
