/**
 * The broker's side of a consumer group: members, generations, sessions and committed offsets.
 *
 * A group is stable or it is gathering. It starts gathering when a member joins, leaves or lets its
 * session end; every member hears of it with its next heartbeat and joins again. When all have joined,
 * or the rebalance timeout drops those who have not, a new generation begins: everyone is answered with
 * its partitions, and commits of older generations are refused from then on.
 */
import type { Committed, CommitEntry, Cancel } from '../ports.ts'
import type { TopicName } from '../../topology.ts'
import { assignPartitions } from '../kafka/assign-partitions.ts'
import type { VirtualTime } from './virtual-time.ts'

export interface GroupTimes {
  /** A member that was not heard of for so long is out. */
  readonly sessionMs: number
  /** So long a rebalance waits for members to join again. */
  readonly rebalanceMs: number
  /** How often a member reports. */
  readonly heartbeatMs: number
}

export interface Share {
  readonly generation: number
  readonly partitions: readonly number[]
}

export interface Coordinator {
  readonly times: GroupTimes
  /** Joins, or joins again after `rebalancing`. `answer` is called once, when the generation begins. */
  join(memberId: string, answer: (share: Share) => void): void
  leave(memberId: string): void
  heartbeat(memberId: string, generation: number): 'ok' | 'rebalancing' | 'unknown'
  /** False when the member is out or its generation over; then nothing was committed. */
  commit(memberId: string, generation: number, entries: readonly CommitEntry[]): boolean
  committed(topic: TopicName): ReadonlyMap<number, Committed>
  generation(): number
  /** All committed offsets are lost, as when they expired. */
  forget(): void
  /** Who holds a partition; null while the group gathers, and when nobody does. */
  owner(partition: number): string | null
}

interface Membership {
  endSession: Cancel
  share: readonly number[]
  answer: ((share: Share) => void) | null
}

const DEFAULT_TIMES: GroupTimes = { sessionMs: 6000, rebalanceMs: 10_000, heartbeatMs: 500 }

export function coordinator(
  time: VirtualTime,
  partitions: number,
  overrides: Partial<GroupTimes>,
): Coordinator {
  const times = { ...DEFAULT_TIMES, ...overrides }
  const members = new Map<string, Membership>()
  const offsets = committedOffsets()
  const holders = new Map<number, string>()
  let generation = 0
  let gathering: Cancel | null = null

  const remove = (memberId: string): boolean => {
    members.get(memberId)?.endSession()
    return members.delete(memberId)
  }
  const drop = (memberId: string): void => {
    if (remove(memberId)) gather()
  }
  const keepAlive = (memberId: string, member: Membership): void => {
    member.endSession()
    member.endSession = time.after(times.sessionMs, () => drop(memberId))
  }
  const gather = (): void => {
    gathering ??= time.after(times.rebalanceMs, () => {
      for (const [memberId, { answer }] of members) if (answer === null) remove(memberId)
      begin()
    })
    if ([...members.values()].every(({ answer }) => answer !== null)) begin()
  }
  const begin = (): void => {
    gathering?.()
    gathering = null
    generation += 1
    const shares = sharesOf(members, partitions, generation)
    holders.clear()
    for (const [memberId, member] of members) {
      member.share = shares.get(memberId) ?? []
      for (const partition of member.share) holders.set(partition, memberId)
      keepAlive(memberId, member)
      member.answer?.({ generation, partitions: member.share })
      member.answer = null
    }
  }
  return {
    times,
    join(memberId, answer) {
      const member = members.get(memberId) ?? { endSession: () => {}, share: [], answer: null }
      member.endSession()
      member.answer = answer
      members.set(memberId, member)
      gather()
    },
    leave: drop,
    heartbeat(memberId, of) {
      const member = members.get(memberId)
      if (member === undefined) return 'unknown'
      if (member.answer === null) keepAlive(memberId, member)
      return of === generation && gathering === null ? 'ok' : 'rebalancing'
    },
    commit(memberId, of, entries) {
      const valid = members.has(memberId) && of === generation
      if (valid) offsets.commit(entries)
      return valid
    },
    committed: (topic) => offsets.of(topic),
    forget: () => offsets.forget(),
    generation: () => generation,
    owner: (partition) => (gathering === null ? (holders.get(partition) ?? null) : null),
  }
}

function sharesOf(
  members: ReadonlyMap<string, Membership>,
  partitions: number,
  generation: number,
): ReadonlyMap<string, readonly number[]> {
  const held = [...members].map(([id, { share }]) => ({ id, held: share, generation }))
  return assignPartitions(held, partitions)
}

function committedOffsets() {
  const topics = new Map<TopicName, Map<number, Committed>>()
  return {
    of: (topic: TopicName): ReadonlyMap<number, Committed> => new Map(topics.get(topic)),
    forget: (): void => topics.clear(),
    commit(entries: readonly CommitEntry[]): void {
      for (const { topic, partition, offset, metadata = '' } of entries) {
        const ofTopic = topics.get(topic) ?? new Map<number, Committed>()
        ofTopic.set(partition, { offset, metadata })
        topics.set(topic, ofTopic)
      }
    },
  }
}
