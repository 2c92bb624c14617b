/** A member of a consumer group with co-partitioned sticky assignment and positions of its own. */
import type { TopicName } from '../../topology.ts'
import type { GroupConsumer } from '../ports.ts'
import { commitFenced, committedOf } from './commits.ts'
import type { KafkaOptions } from './connection.ts'
import { coded } from './failure.ts'
import type { FetchRounds } from './fetch/rounds.ts'
import { LEAVE_WITHIN_MS, open, rebuild, watch } from './group-life.ts'
import { createGroupState, type GroupState } from './group-state.ts'
import type { Wire } from './wire.ts'

/**
 * A consumer over a client of its own; `wire` is the shared connection for questions, and `rounds` are the
 * requests that the client's consumers share. `start` rejects with XP_TOPIC_MISSING or XP_BROKER_…; what fails
 * later comes as `interrupted`, and `assigned` follows.
 */
export function createGroup(
  options: KafkaOptions,
  wire: Wire,
  groupId: string,
  topics: readonly TopicName[],
  rounds: FetchRounds,
): GroupConsumer {
  const state = createGroupState(options, wire, groupId, topics, rounds)
  return {
    async start(handler) {
      state.handler = handler
      await wire.know(topics)
      state.aliveAtMs = options.clock.nowMs()
      watch(state)
      void open(state).catch((error: unknown) =>
        rebuild(state, coded(error, `joining ${groupId}`, 'XP_CONSUMER_FAILED')),
      )
    },
    seek: (topic, partition, offset) => {
      seek(state, topic, partition, offset)
    },
    pause(topic, partitions) {
      setPaused(state, topic, partitions, true)
    },
    resume(topic, partitions) {
      setPaused(state, topic, partitions, false)
    },
    commit: (entries) =>
      commitFenced({ clock: options.clock, names: wire.names, groupId }, entries, () => state),
    committed: (topic) => committedOf(wire, state.group, topic),
    async stop() {
      state.stopped = true
      state.revoked = true
      state.cancelWatch()
      const leaving = state.member
      state.member = undefined
      await leaving?.leave(LEAVE_WITHIN_MS)
    },
  }
}

function seek(state: GroupState, topic: TopicName, partition: number, offset: number): void {
  const standing = state.positions.get(topic, partition)
  if (standing !== undefined) {
    const { start, end } = standing.bounds ?? { start: 0, end: Number.MAX_SAFE_INTEGER }
    standing.position = Math.min(Math.max(offset, start), end)
    standing.bounds = undefined
    state.member?.changed()
  }
}

/** A partition that was resumed before it was sought begins with the seek. */
function setPaused(
  { positions, member }: GroupState,
  topic: TopicName,
  partitions: readonly number[],
  paused: boolean,
): void {
  for (const partition of partitions) {
    const standing = positions.get(topic, partition)
    if (standing !== undefined) standing.paused = paused
  }
  if (!paused) member?.changed()
}
