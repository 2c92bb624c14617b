/** Committing for one generation only, and asking what a group has committed. */
import { CrosspointError } from '../../errors.ts'
import type { TopicName } from '../../topology.ts'
import type { Clock, CommitEntry, Committed } from '../ports.ts'
import type { Naming } from './connection.ts'
import { coded, isStaleMember, isTransient } from './failure.ts'
import type { CommitTopic, Member } from './member.ts'
import type { Membership } from './membership.ts'
import { pause, type Wire } from './wire.ts'

const COMMIT_WITHIN_MS = 8000
const PAUSE_MS = 100

interface CommitContext {
  readonly clock: Clock
  readonly names: Naming
  readonly groupId: string
}

interface Current {
  readonly member: Member | undefined
  readonly membership: Membership
}

/**
 * Commits as the member and generation of this moment, whatever rebalances meanwhile. Rejects with
 * XP_COMMIT_STALE when a partition is not held or the generation is over, with XP_BROKER_… when the
 * coordinator does not answer in time; then it may or may not have been committed.
 */
export async function commitFenced(
  { clock, names, groupId }: CommitContext,
  entries: readonly CommitEntry[],
  current: () => Current,
): Promise<void> {
  const { member, membership } = current()
  const join = membership.last
  const foreign = entries.find(({ partition }) => join?.partitions.includes(partition) !== true)
  if (member === undefined || join === undefined || foreign !== undefined) {
    const where = foreign === undefined ? '' : ` partition ${foreign.partition} of ${foreign.topic}`
    throw new CrosspointError(
      'XP_COMMIT_STALE',
      `${groupId} no longer holds${where || ' anything'}`,
    )
  }
  if (entries.length === 0) {
    return
  }
  const topics = byTopic(entries, names)
  const startedMs = clock.nowMs()
  for (;;) {
    try {
      await member.commit(join, topics)
      return
    } catch (error) {
      if (isStaleMember(error) || current().member !== member) {
        const message = `${groupId} generation ${join.generation} is over`
        throw new CrosspointError('XP_COMMIT_STALE', message, { cause: error })
      }
      if (!isTransient(error) || clock.nowMs() - startedMs > COMMIT_WITHIN_MS) {
        throw coded(error, `committing for ${groupId}`, 'XP_BROKER_FAILED')
      }
      await pause(PAUSE_MS)
    }
  }
}

function byTopic(entries: readonly CommitEntry[], names: Naming): CommitTopic[] {
  return [...Map.groupBy(entries, ({ topic }) => topic)].map(([topic, group]) => ({
    topic: names.physical(topic),
    partitions: group.map(({ partition, offset, metadata }) => ({
      partition,
      offset: String(offset),
      metadata: metadata ?? '',
    })),
  }))
}

/** What a group has committed for a topic; asks the group's coordinator. */
export async function committedOf(
  wire: Wire,
  group: string,
  topic: TopicName,
): Promise<ReadonlyMap<number, Committed>> {
  await wire.know([topic])
  return wire.ask(`asking for the commits of ${group}`, async () => {
    const coordinator = await wire.cluster.findGroupCoordinator({ groupId: group })
    const partitions = wire.partitions(topic).map((partition) => ({ partition, offset: '-1' }))
    const { responses } = await coordinator.offsetFetch({
      groupId: group,
      topics: [{ topic: wire.names.physical(topic), partitions }],
    })
    const found = new Map<number, Committed>()
    for (const answered of responses.flatMap((response) => response.partitions)) {
      const { metadata } = answered as { readonly metadata?: string | null }
      if (Number(answered.offset) >= 0) {
        const committed = { offset: Number(answered.offset), metadata: metadata ?? '' }
        found.set(answered.partition, committed)
      }
    }
    return found
  })
}
