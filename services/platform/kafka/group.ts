/**
 * A member of a consumer group with co-partitioned sticky assignment and positions of its own. kafkajs
 * rewinds every retained partition to the committed offset at each rebalance, keeps pauses of lost
 * partitions, resets silently when an offset is gone, and gives up when its coordinator stays away;
 * here each of these is undone.
 */
import { CrosspointError } from '../../errors.ts'
import type { TopicName } from '../../topology.ts'
import type { Cancel, GroupConsumer, GroupHandler } from '../ports.ts'
import { commitFenced, committedOf } from './commits.ts'
import type { KafkaOptions } from './connection.ts'
import { toRecord } from './convert.ts'
import { coded } from './failure.ts'
import { createMember, type FetchedBatch, type Member } from './member.ts'
import { type Join, joined, type Membership, NO_MEMBERSHIP } from './membership.ts'
import { createOffsets } from './offsets.ts'
import { createPositions } from './positions.ts'
import { pause, type Wire } from './wire.ts'

const FIRST_REBUILD_PAUSE_MS = 100
const LONGEST_REBUILD_PAUSE_MS = 2000
const LEAVE_WITHIN_MS = 3000
/** A consumer that sent no heartbeat for this long is stuck or cut off: it is built anew. */
const SILENCE_LIMIT_MS = 30_000
const SILENCE_CHECK_MS = 5000
/** Before a partition whose position is gone is given back, lest a bad seek makes a busy loop. */
const OUT_OF_RANGE_PAUSE_MS = 500

/** A consumer over its own client; `wire` is the shared connection for questions. */
export function createGroup(
  options: KafkaOptions,
  wire: Wire,
  groupId: string,
  topics: readonly TopicName[],
): GroupConsumer {
  const { clock, logger } = options
  const { names } = wire
  const group = names.group(groupId)
  const offsets = createOffsets(wire)
  const positions = createPositions()
  let handler: GroupHandler | undefined
  let member: Member | undefined
  let membership: Membership = NO_MEMBERSHIP
  /** From `revoking` to `assigned`: nothing may reach the handler. */
  let revoked = true
  let stopped = false
  let rebuilding = false
  let aliveAtMs = 0
  let cancelWatch: Cancel = () => undefined

  function revoke(): void {
    if (!revoked) {
      revoked = true
      handler?.revoking()
    }
  }

  /** Tells kafkajs about a partition what the table says. */
  function assert(topic: TopicName, partition: number): void {
    const state = positions.get(topic, partition)
    const physical = names.physical(topic)
    if (state?.position !== undefined) {
      member?.seek(physical, partition, state.position)
      state.sought = true
    }
    if (state === undefined || state.paused || state.position === undefined) {
      member?.pause(physical, [partition])
    } else {
      member?.resume(physical, [partition])
    }
  }

  function onJoined(join: Join): void {
    if (stopped) {
      return
    }
    revoke()
    // A retained partition whose position is unknown in some topic can only begin anew.
    const broken = new Set(
      positions
        .all()
        .filter(({ state }) => state.bounds !== undefined)
        .map(({ partition }) => partition),
    )
    const next = joined(membership, join, broken)
    ;({ membership } = next)
    const { assignment } = next
    for (const topic of topics) {
      for (const partition of assignment.lost) {
        positions.drop(topic, partition)
      }
      for (const partition of assignment.gained) {
        positions.gain(topic, partition)
      }
      for (const partition of assignment.partitions) {
        assert(topic, partition)
      }
    }
    aliveAtMs = clock.nowMs()
    revoked = false
    const { epoch, partitions, gained, lost } = assignment
    logger.info({ group, epoch, partitions, gained, lost }, 'partitions assigned')
    guarded(() => handler?.assigned(assignment))
  }

  function onBatch(batch: FetchedBatch): boolean {
    const topic = names.logical(batch.topic) as TopicName
    const { partition } = batch
    const state = positions.get(topic, partition)
    if (revoked || stopped || state?.position === undefined || state.paused) {
      return false
    }
    if (batch.fetchedOffset !== state.position) {
      // From before a seek, or kafkajs reads elsewhere than we stand: put it right.
      member?.seek(batch.topic, partition, state.position)
      return false
    }
    state.sought = false
    state.position = batch.lastOffset + 1
    const records = batch.messages.map((message) => toRecord(topic, partition, message))
    const nextOffset = state.position
    guarded(() => handler?.records({ topic, partition, records, nextOffset }))
    return true
  }

  function onPassed(physical: string, partition: number, first: number, last: number): void {
    const topic = names.logical(physical) as TopicName
    const state = positions.get(topic, partition)
    if (revoked || state?.position === undefined || last < state.position) {
      return
    }
    if (first <= state.position || !state.sought) {
      state.position = last + 1
      const nextOffset = state.position
      guarded(() => handler?.records({ topic, partition, records: [], nextOffset }))
    }
  }

  /** A service that throws would otherwise crash kafkajs in a way it does not come back from. */
  function guarded(run: () => void): void {
    try {
      run()
    } catch (error) {
      logger.error(
        { group, error: String(error) },
        'a group handler threw; the consumer starts anew',
      )
      clock.after(0, () => {
        void rebuild(coded(error, `handling records of ${groupId}`, 'XP_CONSUMER_FAILED'))
      })
    }
  }

  /**
   * The position of a partition is no longer in the log. The partition is taken away and given back:
   * `interrupted` says so, `assigned` has it gained, and the service seeks as after a
   * restart. That seek is held within the log as it is now, so a stale commit can't fail for ever.
   */
  async function onOutOfRange(physical: string, partition: number): Promise<void> {
    const topic = names.logical(physical) as TopicName
    const state = positions.get(topic, partition)
    const { epoch } = membership
    if (revoked || state?.position === undefined || state.bounds !== undefined) {
      return
    }
    const wanted = state.position
    state.bounds = { start: 0, end: Number.MAX_SAFE_INTEGER }
    state.position = undefined
    member?.pause(physical, [partition])
    try {
      const [starts, ends] = await Promise.all([offsets.starts(topic), offsets.ends(topic)])
      state.bounds = { start: starts[partition] ?? 0, end: ends[partition] ?? 0 }
      const { start, end } = state.bounds
      const message = `offset ${wanted} of ${topic} partition ${partition} is not in ${start}–${end}`
      logger.error({ group, topic, partition, wanted, start, end }, 'offset out of range')
      await pause(OUT_OF_RANGE_PAUSE_MS)
      const { last } = membership
      if (membership.epoch === epoch && last !== undefined && !revoked && !stopped) {
        guarded(() => handler?.interrupted(new CrosspointError('XP_OFFSET_OUT_OF_RANGE', message)))
        // As a generation of its own for the table; the coordinator's number stays.
        membership = { epoch, last: { ...last, generation: last.generation - 1 } }
        onJoined(last)
      }
    } catch (error) {
      await rebuild(coded(error, `finding the range of ${topic}`, 'XP_CONSUMER_FAILED'))
    }
  }

  async function open(): Promise<void> {
    const created = createMember(
      options,
      group,
      topics.map((topic) => names.physical(topic)),
      () => ({
        generation: membership.last?.generation ?? -1,
        partitions: membership.last?.partitions ?? [],
      }),
      {
        joining: revoke,
        joined: (join) => {
          if (member === created.member) {
            onJoined(join)
          }
        },
        batch: (batch) => member === created.member && onBatch(batch),
        passed: (...passed) => {
          if (member === created.member) {
            onPassed(...passed)
          }
        },
        outOfRange: (topic, partition) => void onOutOfRange(topic, partition),
        alive: () => {
          aliveAtMs = clock.nowMs()
        },
        crashed: (error) => {
          if (member === created.member) {
            void rebuild(coded(error, `reading as ${groupId}`, 'XP_CONSUMER_FAILED'))
          }
        },
      },
    )
    member = created.member
    aliveAtMs = clock.nowMs()
    await created.run()
  }

  /** Closes what is left and joins as a new member, again and again until that works. */
  async function rebuild(error: CrosspointError): Promise<void> {
    if (stopped || rebuilding) {
      return
    }
    rebuilding = true
    logger.warn({ group, code: error.code, error: error.message }, 'consumer is being rebuilt')
    revoke()
    handler?.interrupted(error)
    let pauseMs = FIRST_REBUILD_PAUSE_MS
    while (!stopped) {
      const old = member
      member = undefined
      await old?.leave(LEAVE_WITHIN_MS)
      await pause(pauseMs)
      pauseMs = Math.min(pauseMs * 2, LONGEST_REBUILD_PAUSE_MS)
      try {
        if (!stopped) {
          rebuilding = false
          await open()
          if (!rebuilding) {
            return
          }
        }
      } catch (problem) {
        rebuilding = true
        logger.warn({ group, error: String(problem) }, 'consumer could not be rebuilt yet')
      }
    }
  }

  function watch(): void {
    cancelWatch = clock.after(SILENCE_CHECK_MS, () => {
      if (!stopped && clock.nowMs() - aliveAtMs > SILENCE_LIMIT_MS) {
        aliveAtMs = clock.nowMs()
        const message = `no heartbeat for ${SILENCE_LIMIT_MS} ms`
        void rebuild(new CrosspointError('XP_CONSUMER_FAILED', message))
      }
      watch()
    })
  }

  return {
    async start(given) {
      handler = given
      await wire.know(topics)
      watch()
      void open().catch((error: unknown) =>
        rebuild(coded(error, `joining ${groupId}`, 'XP_CONSUMER_FAILED')),
      )
    },
    seek(topic, partition, offset) {
      const state = positions.get(topic, partition)
      if (state !== undefined) {
        const { start, end } = state.bounds ?? { start: 0, end: Number.MAX_SAFE_INTEGER }
        state.position = Math.min(Math.max(offset, start), end)
        state.bounds = undefined
        assert(topic, partition)
      }
    },
    pause(topic, partitions) {
      for (const partition of partitions) {
        const state = positions.get(topic, partition)
        if (state !== undefined) {
          state.paused = true
          member?.pause(names.physical(topic), [partition])
        }
      }
    },
    resume(topic, partitions) {
      for (const partition of partitions) {
        const state = positions.get(topic, partition)
        if (state !== undefined) {
          state.paused = false
          if (state.position !== undefined) {
            member?.resume(names.physical(topic), [partition])
          }
        }
      }
    },
    commit: (entries) =>
      commitFenced({ clock, names, groupId }, entries, () => ({ member, membership })),
    committed: (topic) => committedOf(wire, group, topic),
    async stop() {
      stopped = true
      revoked = true
      cancelWatch()
      const leaving = member
      member = undefined
      await leaving?.leave(LEAVE_WITHIN_MS)
    },
  }
}
