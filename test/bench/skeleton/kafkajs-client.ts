/**
 * The floor by kafkajs as it is published, set up for latency: sockets that delay nothing, long polls of 30 ms,
 * batches that are handed off at once, commits beside them, and what one turn of the event loop appends in one
 * request.
 */
import { setInterval } from 'node:timers'
import net from 'node:net'
import kafkajs, {
  type ISocketFactory,
  type KafkaConfig,
  type Message,
  type Producer,
} from 'kafkajs'
import { createClock } from '../../../services/platform/clock.ts'
import type { Settings } from '../../../services/platform/settings.ts'
import { persist } from '../../../services/platform/timing.ts'
import { COMMIT_EVERY_MS, type FloorClient, type Purpose } from './floor.ts'

const socketFactory: ISocketFactory = ({ host, port, onConnect }) => {
  const socket = net.connect({ host, port }, onConnect)
  socket.setNoDelay(true)
  return socket
}

const CONSUMER = {
  maxWaitTimeInMs: 30,
  minBytes: 1,
  maxBytes: 2_000_000,
  maxBytesPerPartition: 262_144,
  allowAutoTopicCreation: false,
} as const
/** Nobody waits for the audit; for the rest 1 to 5 ms were slower (DESIGN.md, "Speed"). */
const LINGER_MS: Readonly<Record<Purpose, number>> = { decisions: 0, audit: 25 }
const IN_FLIGHT_MAX = 4

export async function openKafkajs(
  settings: Settings,
  role: string,
  purposes: readonly Purpose[],
): Promise<FloorClient> {
  const config: KafkaConfig = {
    clientId: `skeleton-${role}`,
    brokers: [...settings.KAFKA_BROKERS],
    socketFactory,
    connectionTimeout: 2000,
    requestTimeout: 4000,
    retry: { initialRetryTime: 50, maxRetryTime: 500, retries: 30 },
    logLevel: kafkajs.logLevel.ERROR,
  }
  const prefix = settings.TOPIC_PREFIX
  const sends = new Map<Purpose, Batching>()
  for (const purpose of purposes) {
    sends.set(purpose, batching(await connected(config), LINGER_MS[purpose]))
  }
  const closing = [...sends.values()].map(({ close }) => close)
  return {
    async follow(groupId, topics, onRecord) {
      // Consumers of one client share a map of committed offsets.
      const kafka = new kafkajs.Kafka(config)
      const consumer = kafka.consumer({ ...CONSUMER, groupId: `${prefix}${groupId}` })
      const names = topics.map((topic) => `${prefix}${topic}`)
      const ends = await endsOf(kafka, names)
      const { promise: ready, resolve } = Promise.withResolvers<void>()
      const read = new Map(ends.map((end) => [placeOf(end), end]))
      consumer.on('consumer.group_join', () => {
        for (const place of read.values()) consumer.seek(place)
        resolve()
      })
      await consumer.connect()
      await consumer.subscribe({ topics: names })
      await consumer.run({
        autoCommit: false,
        eachBatch: ({ batch }) => {
          const { topic, partition } = batch
          for (const { key } of batch.messages) onRecord(partition, String(key))
          const offset = String(BigInt(batch.lastOffset()) + 1n)
          read.set(placeOf(batch), { topic, partition, offset })
          return Promise.resolve()
        },
      })
      const committing = setInterval(() => {
        void consumer.commitOffsets([...read.values()]).catch(() => undefined)
      }, COMMIT_EVERY_MS)
      closing.push(async () => {
        clearInterval(committing)
        await consumer.disconnect()
      })
      await ready
    },
    append(purpose, topic, partition, key, value) {
      const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength)
      sends.get(purpose)?.push(`${prefix}${topic}`, { key, partition, value: bytes })
    },
    close: async () => void (await Promise.all(closing.map((close) => close()))),
  }
}

interface Place {
  readonly topic: string
  readonly partition: number
}

const placeOf = ({ topic, partition }: Place): string => `${topic} ${partition}`

async function endsOf(kafka: kafkajs.Kafka, topics: readonly string[]) {
  const admin = kafka.admin()
  await admin.connect()
  const clock = createClock({ keepAlive: true })
  const endsOfOne = async (topic: string) => {
    // Of a topic that was made a moment ago no leader may be known yet.
    const found = await persist(
      clock,
      () => true,
      () => admin.fetchTopicOffsets(topic),
      () => undefined,
    )
    return (found ?? []).map(({ partition, high }) => ({ topic, partition, offset: high }))
  }
  const ends = await Promise.all(topics.map(endsOfOne))
  await admin.disconnect()
  return ends.flat()
}

async function connected(config: KafkaConfig): Promise<Producer> {
  const producer = new kafkajs.Kafka(config).producer({
    allowAutoTopicCreation: false,
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
  })
  await producer.connect()
  return producer
}

interface Batching {
  readonly push: (topic: string, message: Message) => void
  readonly close: () => Promise<void>
}

/** What is pushed within so long travels together; 0: within a turn of the event loop. */
function batching(producer: Producer, lingerMs: number): Batching {
  let waiting = new Map<string, Message[]>()
  let planned = false
  let underWay = 0
  const flush = (): void => {
    planned = false
    if (waiting.size === 0 || underWay >= IN_FLIGHT_MAX) return
    const topicMessages = [...waiting].map(([topic, messages]) => ({ topic, messages }))
    waiting = new Map()
    underWay += 1
    void producer
      .sendBatch({ acks: -1, topicMessages })
      .catch(() => undefined)
      .finally(() => {
        underWay -= 1
        plan()
      })
  }
  const plan = (): void => {
    if (planned) return
    planned = true
    if (lingerMs === 0) setImmediate(flush)
    else setTimeout(flush, lingerMs)
  }
  return {
    push(topic: string, message: Message): void {
      const messages = waiting.get(topic)
      if (messages === undefined) waiting.set(topic, [message])
      else messages.push(message)
      plan()
    },
    close: () => producer.disconnect(),
  }
}
