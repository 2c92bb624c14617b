/**
 * The life of a group consumer: joining, being built anew after what kafkajs does not ride out, and
 * positions that the log no longer has.
 */
import { CrosspointError } from '../../errors.ts'
import type { TopicName } from '../../topology.ts'
import { coded } from './failure.ts'
import { type Guard, onJoined, onRead, positionsOf, revoke } from './group-reading.ts'
import type { GroupState } from './group-state.ts'
import { createMember, type MemberEvents } from './member.ts'
import { pause } from './wire.ts'

const FIRST_REBUILD_PAUSE_MS = 100
const LONGEST_REBUILD_PAUSE_MS = 2000
export const LEAVE_WITHIN_MS = 3000
/** A consumer that sent no heartbeat for this long is stuck or cut off: it is built anew. */
const SILENCE_LIMIT_MS = 30_000
const SILENCE_CHECK_MS = 5000
/** Before a partition whose position is gone is given back, lest a bad seek makes a busy loop. */
const OUT_OF_RANGE_PAUSE_MS = 500

/** A service that throws would otherwise crash kafkajs in a way it does not come back from. */
const guardOf =
  (state: GroupState): Guard =>
  (run) => {
    try {
      run()
    } catch (error) {
      const { logger, clock } = state.options
      logger.error({ group: state.group, error: String(error) }, 'a group handler threw')
      clock.after(0, () => {
        const doing = `handling records of ${state.groupId}`
        void rebuild(state, coded(error, doing, 'XP_CONSUMER_FAILED'))
      })
    }
  }

/** Builds a member and joins; resolves after the first join. Events of an older member are ignored. */
export async function open(state: GroupState): Promise<void> {
  const { options, wire, topics } = state
  const guard = guardOf(state)
  const isCurrent = (): boolean => state.member === created.member
  const events: MemberEvents = {
    joining: () => {
      if (isCurrent()) revoke(state)
    },
    joined: (join) => {
      if (isCurrent()) onJoined(state, join, guard)
    },
    positions: () => (isCurrent() ? positionsOf(state) : new Map()),
    read: (batch, fetchedOffset) => {
      if (isCurrent()) onRead(state, batch, fetchedOffset, guard)
    },
    outOfRange: (topic, partition, fetchedOffset) => {
      if (isCurrent()) void onOutOfRange(state, topic, partition, fetchedOffset)
    },
    alive: () => {
      state.aliveAtMs = options.clock.nowMs()
    },
    crashed: (error) => {
      const doing = `reading as ${state.groupId}`
      if (isCurrent()) void rebuild(state, coded(error, doing, 'XP_CONSUMER_FAILED'))
    },
  }
  const holding = () => ({
    generation: state.membership.last?.generation ?? -1,
    partitions: state.membership.last?.partitions ?? [],
  })
  const physical = topics.map((topic) => wire.names.physical(topic))
  const { group, rounds } = state
  const created = createMember(options, rounds, group, physical, holding, events)
  state.member = created.member
  state.aliveAtMs = options.clock.nowMs()
  await created.run()
}

/** Closes what is left and joins as a new member, again and again until that works. */
export async function rebuild(state: GroupState, error: CrosspointError): Promise<void> {
  const { logger } = state.options
  const { group } = state
  const isOver = (): boolean => state.stopped
  if (state.stopped || state.rebuilding) {
    return
  }
  state.rebuilding = true
  logger.warn({ group, code: error.code, error: error.message }, 'consumer is being rebuilt')
  revoke(state)
  state.handler?.interrupted(error)
  let pauseMs = FIRST_REBUILD_PAUSE_MS
  while (!isOver()) {
    const old = state.member
    state.member = undefined
    await old?.leave(LEAVE_WITHIN_MS)
    await pause(pauseMs)
    pauseMs = Math.min(pauseMs * 2, LONGEST_REBUILD_PAUSE_MS)
    if (isOver()) {
      return
    }
    try {
      // From here on a crash of the new member begins a rebuild of its own.
      state.rebuilding = false
      await open(state)
      return
    } catch (problem) {
      state.rebuilding = true
      logger.warn({ group, error: String(problem) }, 'consumer could not be rebuilt yet')
    }
  }
}

/** Looks every few seconds whether heartbeats still go out. */
export function watch(state: GroupState): void {
  const { clock } = state.options
  state.cancelWatch = clock.after(SILENCE_CHECK_MS, () => {
    if (clock.nowMs() - state.aliveAtMs > SILENCE_LIMIT_MS) {
      state.aliveAtMs = clock.nowMs()
      const message = `${state.groupId}: no heartbeat for ${SILENCE_LIMIT_MS} ms`
      void rebuild(state, new CrosspointError('XP_CONSUMER_FAILED', message))
    }
    watch(state)
  })
}

/**
 * The position of a partition is no longer in the log. The partition is taken away and given back:
 * `interrupted` says so, `assigned` has it gained, and the service seeks as after a restart. That seek
 * is held within the log as it is now, so that a stale commit can't fail for ever.
 */
async function onOutOfRange(
  state: GroupState,
  physical: string,
  partition: number,
  wanted: number,
): Promise<void> {
  const { offsets, options, group, membership } = state
  const topic = state.wire.names.logical(physical) as TopicName
  const standing = state.positions.get(topic, partition)
  // Elsewhere by now: it was sought while it was asked for.
  if (state.revoked || standing?.position !== wanted || standing.bounds !== undefined) return
  standing.bounds = { start: 0, end: Number.MAX_SAFE_INTEGER }
  standing.position = undefined
  try {
    const [starts, ends] = await Promise.all([offsets.starts(topic), offsets.ends(topic)])
    const bounds = { start: starts[partition] ?? 0, end: ends[partition] ?? 0 }
    standing.bounds = bounds
    options.logger.error({ group, topic, partition, wanted, ...bounds }, 'offset out of range')
    await pause(OUT_OF_RANGE_PAUSE_MS)
    const { last } = membership
    if (state.membership === membership && last !== undefined && !state.revoked) {
      const where = `${topic} partition ${partition}, which has ${bounds.start} to ${bounds.end}`
      const message = `offset ${wanted} is not in ${where}`
      const guard = guardOf(state)
      guard(() =>
        state.handler?.interrupted(new CrosspointError('XP_OFFSET_OUT_OF_RANGE', message)),
      )
      // Like a rebalance that changed nothing but this partition; the generation stays.
      state.membership = { ...membership, last: { ...last, generation: last.generation - 1 } }
      onJoined(state, last, guard)
    }
  } catch (error) {
    await rebuild(state, coded(error, `finding the range of ${topic}`, 'XP_CONSUMER_FAILED'))
  }
}
