/** Kafka behind the ports keeps the log's promises. */
import { setTimeout as delay } from 'node:timers/promises'
import { createClock } from '../../services/platform/clock.ts'
import { connectAdmin } from '../../services/platform/kafka/admin.ts'
import { connectLog } from '../../services/platform/kafka/client.ts'
import type { KafkaOptions } from '../../services/platform/kafka/connection.ts'
import { TOPICS, TOPIC_NAMES, type LogTopic } from '../../services/topology.ts'
import { freshPrefix, sharedCluster } from '../cluster.ts'
import type { LogUnderTest } from './fixture.ts'
import { logConformance } from './log-conformance.ts'

const PARTITIONS = 6
const PATIENCE_MS = 30_000

const quiet = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
}

async function make(): Promise<LogUnderTest> {
  const options: KafkaOptions = {
    brokers: sharedCluster().brokers.split(','),
    clientId: 'conformance',
    topicPrefix: freshPrefix(),
    clock: createClock(),
    logger: quiet,
  }
  const topics: { topic: LogTopic; partitions: number }[] = TOPIC_NAMES.flatMap((topic) => {
    const spec = TOPICS[topic]
    const partitions = spec.partitions === 'calls' ? PARTITIONS : spec.partitions
    const deadLetters: LogTopic[] = spec.deadLettersBy === undefined ? [] : [`${topic}.dlt`]
    return [topic, ...deadLetters].map((name) => ({ topic: name, partitions }))
  })
  const admin = await connectAdmin(options)
  const configs = { 'message.timestamp.type': 'LogAppendTime' }
  await admin.createTopics(topics.map((each) => ({ ...each, replication: 1, configs })))
  return {
    partitions: PARTITIONS,
    client: () => connectLog(options),
    eventually: async (what, holds) => {
      const until = performance.now() + PATIENCE_MS
      while (!(await holds())) {
        if (performance.now() > until) throw new Error(`in vain waited until ${what}`)
        await delay(20)
      }
    },
    aWhile: () => delay(300),
    close: async () => {
      await admin.deleteTopics(topics.map(({ topic }) => topic))
      await admin.close()
    },
  }
}

logConformance('Kafka', make)
