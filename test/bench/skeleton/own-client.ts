/** The floor by crosspoint's own client, as its services use it. */
import { createClock } from '../../../services/platform/clock.ts'
import { connectLog } from '../../../services/platform/kafka/client.ts'
import { kafkaOptions } from '../../../services/platform/kafka-options.ts'
import type { GroupHandler, LogProducer } from '../../../services/platform/ports.ts'
import type { Settings } from '../../../services/platform/settings.ts'
import type { TopicName } from '../../../services/topology.ts'
import { COMMIT_EVERY_MS, type FloorClient, type Purpose } from './floor.ts'

export async function openOwn(
  settings: Settings,
  role: string,
  purposes: readonly Purpose[],
): Promise<FloorClient> {
  const clock = createClock({ keepAlive: true })
  const client = await connectLog(kafkaOptions(settings, `skeleton-${role}`, { clock }))
  const producers = new Map<Purpose, LogProducer>()
  for (const purpose of purposes) {
    producers.set(
      purpose,
      await client.producer(purpose, purpose === 'audit' ? 'patient' : 'prompt'),
    )
  }
  return {
    async follow(groupId, topics, onRecord) {
      const group = client.group(groupId, topics)
      const positions = new Map<string, { topic: TopicName; partition: number; offset: number }>()
      const { promise: ready, resolve } = Promise.withResolvers<void>()
      const handler: GroupHandler = {
        assigned({ gained }) {
          void (async () => {
            for (const topic of topics) {
              const ends = await client.offsets.ends(topic)
              for (const partition of gained) group.seek(topic, partition, ends[partition] ?? 0)
              group.resume(topic, gained)
            }
            resolve()
          })()
        },
        revoking: () => undefined,
        interrupted: () => undefined,
        records({ topic, partition, records, nextOffset }) {
          for (const { key } of records) onRecord(partition, String(key))
          const read = topics.find((each) => each === topic)
          if (read !== undefined) {
            positions.set(`${topic} ${partition}`, { topic: read, partition, offset: nextOffset })
          }
        },
      }
      const commit = (): void => {
        void group.commit([...positions.values()]).catch(() => undefined)
        clock.after(COMMIT_EVERY_MS, commit)
      }
      await group.start(handler)
      clock.after(COMMIT_EVERY_MS, commit)
      await ready
    },
    append(purpose, topic, partition, key, value) {
      void producers
        .get(purpose)
        ?.append({ topic, partition, key, value })
        .catch(() => undefined)
    },
    close: () => client.close(),
  }
}
