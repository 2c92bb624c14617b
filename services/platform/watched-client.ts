/**
 * A log client whose group consumers are watched: how far each partition's reading is behind its end,
 * and how often a consumer had to be built anew. Services need not know.
 */
import type { Cancel, Clock, GroupConsumer, GroupHandler, LogClient } from './ports.ts'
import type { TopicName } from '../topology.ts'

export interface Watcher {
  /** Records between a position and the partition's end; null when it is no longer read here. */
  lag(groupId: string, topic: TopicName, partition: number, records: number | null): void
  rebuilt(groupId: string): void
  /** So many batches of a topic could not be unpacked and were passed. */
  skipped(groupId: string, topic: TopicName, batches: number): void
}

const LOOK_EVERY_MS = 1000

/** `client`, with every group it makes watched from start to stop. */
export function watchedClient(client: LogClient, clock: Clock, watcher: Watcher): LogClient {
  return {
    ...client,
    group: (groupId, topics, haste) =>
      watchedGroup(client.group(groupId, topics, haste), {
        client,
        clock,
        watcher,
        groupId,
        topics,
      }),
  }
}

interface Watching {
  readonly client: LogClient
  readonly clock: Clock
  readonly watcher: Watcher
  readonly groupId: string
  readonly topics: readonly TopicName[]
}

function watchedGroup(group: GroupConsumer, watching: Watching): GroupConsumer {
  const { client, clock, watcher, groupId, topics } = watching
  /** By topic, the next offset to read of each partition held. */
  const positions = new Map(topics.map((topic) => [topic, new Map<number, number>()]))
  let cancel: Cancel = () => undefined
  let stopped = false

  const drop = (partitions: readonly number[]): void => {
    for (const [topic, held] of positions) {
      for (const partition of partitions) {
        if (held.delete(partition)) watcher.lag(groupId, topic, partition, null)
      }
    }
  }
  const look = async (): Promise<void> => {
    for (const [topic, held] of positions) {
      if (held.size === 0) continue
      // A broker that does not answer is told by the consumer itself; the lag just stays as it was.
      const ends = await client.offsets.ends(topic).catch(() => null)
      for (const [partition, position] of held) {
        const end = ends?.[partition]
        if (end !== undefined) watcher.lag(groupId, topic, partition, Math.max(0, end - position))
      }
    }
  }
  const lookAgain = (): void => {
    if (stopped) return
    cancel = clock.after(LOOK_EVERY_MS, () => void look().finally(lookAgain))
  }
  const watched = (handler: GroupHandler): GroupHandler => ({
    assigned(assignment) {
      drop(assignment.lost)
      handler.assigned(assignment)
    },
    revoking: () => handler.revoking(),
    records(batch) {
      const held = positions.get(batch.topic as TopicName)
      held?.set(batch.partition, batch.nextOffset)
      if (batch.skipped !== undefined) {
        watcher.skipped(groupId, batch.topic as TopicName, batch.skipped.length)
      }
      handler.records(batch)
    },
    interrupted(error) {
      watcher.rebuilt(groupId)
      handler.interrupted(error)
    },
  })
  return {
    ...group,
    async start(handler) {
      await group.start(watched(handler))
      lookAgain()
    },
    seek(topic, partition, offset) {
      positions.get(topic)?.set(partition, offset)
      group.seek(topic, partition, offset)
    },
    async stop() {
      stopped = true
      cancel()
      await group.stop()
      for (const held of positions.values()) drop([...held.keys()])
    },
  }
}
