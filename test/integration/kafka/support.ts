/** What the tests of the Kafka client share: options, topics of their own, a witness of a group. */
import { setTimeout as delay } from 'node:timers/promises'
import { createClock } from '../../../services/platform/clock.ts'
import { connectAdmin, type LogAdmin } from '../../../services/platform/kafka/admin.ts'
import type { KafkaOptions } from '../../../services/platform/kafka/connection.ts'
import type { Assignment, GroupConsumer, RecordBatch } from '../../../services/platform/ports.ts'
import type { LogTopic, TopicName } from '../../../services/topology.ts'
import { freshPrefix } from '../../cluster.ts'

const ignore = (): void => undefined
const PATIENCE_MS = 60_000

export const optionsFor = (brokers: string): KafkaOptions => ({
  brokers: brokers.split(','),
  clientId: 'integration',
  topicPrefix: freshPrefix(),
  clock: createClock(),
  logger: { debug: ignore, info: ignore, warn: ignore, error: ignore },
})

export async function createTopics(
  options: KafkaOptions,
  topics: readonly LogTopic[],
  partitions: number,
  replication = 1,
  configs: Readonly<Record<string, string>> = {},
): Promise<LogAdmin> {
  const admin = await connectAdmin(options)
  const all = { 'message.timestamp.type': 'LogAppendTime', ...configs }
  await admin.createTopics(
    topics.map((topic) => ({ topic, partitions, replication, configs: all })),
  )
  return admin
}

export async function eventually(what: string, holds: () => boolean | Promise<boolean>) {
  const until = performance.now() + PATIENCE_MS
  while (!(await holds())) {
    if (performance.now() > until) throw new Error(`in vain waited until ${what}`)
    await delay(20)
  }
}

export interface Witness {
  readonly assignments: Assignment[]
  readonly batches: RecordBatch[]
  readonly trouble: Error[]
  values(): string[]
}

/** Starts a group; gained partitions are sought to `from` (by partition) and resumed. */
export async function witness(
  group: GroupConsumer,
  topics: readonly TopicName[],
  from: (partition: number) => number,
): Promise<Witness> {
  const seen: Witness = {
    assignments: [],
    batches: [],
    trouble: [],
    values: () =>
      seen.batches.flatMap(({ records }) =>
        records.map(({ value }) => Buffer.from(value ?? []).toString()),
      ),
  }
  await group.start({
    assigned(assignment) {
      seen.assignments.push(assignment)
      for (const topic of topics) {
        for (const partition of assignment.gained) group.seek(topic, partition, from(partition))
        group.resume(topic, assignment.gained)
      }
    },
    revoking: ignore,
    records: (batch) => void seen.batches.push(batch),
    interrupted: (error) => void seen.trouble.push(error),
  })
  return seen
}
