/**
 * What `crosspoint topics apply|diff` and the start-up checks ask of a cluster. Topic names are
 * logical; the prefix is put in front here.
 *
 *   const admin = await connectAdmin(options)      // options as for connectLog
 *   const found = await admin.describeTopics(['call.arrived', 'ops.clock'])
 *   found.get('call.arrived')                      // TopicState, or undefined: it doesn't exist
 *   await admin.createTopics([{ topic, partitions: 12, replication: 3, configs: {...} }])
 *   await admin.alterConfigs('call.arrived', { 'retention.ms': '86400000' })
 *   await admin.close()
 */
import kafkajs, { type Admin, type ResourceConfigQuery } from 'kafkajs'
import { CrosspointError } from '../../errors.ts'
import type { LogTopic } from '../../topology.ts'
import type { Clock } from '../ports.ts'
import { wait } from '../timing.ts'
import { createKafka, type KafkaOptions, type Naming, naming } from './connection.ts'
import { coded, protocolError } from './failure.ts'
import { within } from './wire.ts'

const { ConfigResourceTypes, ConfigSource } = kafkajs

/** A topic as it is on the brokers. */
export interface TopicState {
  readonly topic: LogTopic
  readonly partitions: number
  /** The smallest replica count among its partitions. */
  readonly replication: number
  /** Effective values by Kafka's own names, defaults included: `retention.ms`, `cleanup.policy`,
   * `message.timestamp.type`, `min.insync.replicas`, `max.message.bytes` and all others. */
  readonly configs: Readonly<Record<string, string>>
  /** Names of those in `configs` that were set on the topic itself. */
  readonly overridden: readonly string[]
}

export interface NewTopic {
  readonly topic: LogTopic
  readonly partitions: number
  readonly replication: number
  readonly configs: Readonly<Record<string, string>>
}

export interface LogAdmin {
  /** How many brokers are up. */
  brokers(): Promise<number>
  /** Those of the named topics that exist. */
  describeTopics(topics: readonly LogTopic[]): Promise<ReadonlyMap<LogTopic, TopicState>>
  /** Node ids of the leaders of a topic's partitions, in their order; -1 where there is none. */
  leaders(topic: LogTopic): Promise<readonly number[]>
  /** Node id of the coordinator of a group. */
  coordinator(groupId: string): Promise<number>
  /** Creates topics and waits until each partition has a leader. Those that exist already are left
   * as they are. */
  createTopics(topics: readonly NewTopic[]): Promise<void>
  /** Sets the named configs and leaves the topic's others as they are. */
  alterConfigs(topic: LogTopic, configs: Readonly<Record<string, string>>): Promise<void>
  /** Deletes topics with all they hold; missing ones are no error. */
  deleteTopics(topics: readonly LogTopic[]): Promise<void>
  close(): Promise<void>
}

const CONNECT_WITHIN_MS = 12_000
const ANSWER_WITHIN_MS = 30_000
const CREATE_WITHIN_MS = 15_000
const CLOSE_WITHIN_MS = 2000
const ASK_EVERY_MS = 50
/** What a broker says of a topic whose creation it has not heard of, or that has no leader. */
const NOT_YET = new Set(['UNKNOWN_TOPIC_OR_PARTITION', 'LEADER_NOT_AVAILABLE'])

/** Connects for administration. Rejects with XP_BROKER_… when no broker lets us in. */
export async function connectAdmin(options: KafkaOptions): Promise<LogAdmin> {
  const admin = createKafka(options, 'admin', { retries: 8 }).admin()
  const names = naming(options.topicPrefix)
  const connecting = `connecting to ${options.brokers.join(', ')}`
  await within(CONNECT_WITHIN_MS, connecting, connect(admin)).catch(async (error: unknown) => {
    await within(CLOSE_WITHIN_MS, 'closing', admin.disconnect()).catch(() => undefined)
    throw coded(error, connecting, 'XP_BROKER_UNREACHABLE')
  })
  return {
    brokers: () =>
      doing('asking for the brokers', async () => (await admin.describeCluster()).brokers.length),
    describeTopics: (topics) => doing('describing topics', () => describe(admin, names, topics)),
    leaders: (topic) =>
      doing(`asking who leads ${topic}`, () => leadersOf(admin, names.physical(topic))),
    coordinator: (groupId) =>
      doing(`asking who coordinates ${groupId}`, () => coordinator(admin, names.group(groupId))),
    createTopics: (topics) =>
      doing('creating topics', () => create(admin, names, topics, options.clock)),
    alterConfigs: (topic, configs) =>
      doing(`configuring ${topic}`, () => alter(admin, names.physical(topic), configs)),
    deleteTopics: (topics) => doing('deleting topics', () => remove(admin, names, topics)),
    close: () => within(CLOSE_WITHIN_MS, 'closing', admin.disconnect()).catch(() => undefined),
  }
}

/** A connection alone proves nothing: a broker that hangs accepts it as well. */
async function connect(admin: Admin): Promise<void> {
  await admin.connect()
  await admin.describeCluster()
}

async function doing<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await within(ANSWER_WITHIN_MS, what, work())
  } catch (error) {
    throw coded(error, what, 'XP_BROKER_FAILED')
  }
}

async function describe(
  admin: Admin,
  names: Naming,
  topics: readonly LogTopic[],
): Promise<Map<LogTopic, TopicState>> {
  const existing = new Set(await admin.listTopics())
  const physical = topics.map((topic) => names.physical(topic)).filter((name) => existing.has(name))
  if (physical.length === 0) {
    return new Map()
  }
  const [metadata, configs] = await Promise.all([
    admin.fetchTopicMetadata({ topics: physical }),
    describeConfigs(admin, physical),
  ])
  const states = metadata.topics.map(({ name, partitions }): TopicState => {
    const entries = configs.get(name) ?? []
    return {
      topic: names.logical(name),
      partitions: partitions.length,
      replication: Math.min(...partitions.map(({ replicas }) => replicas.length)),
      configs: Object.fromEntries(entries.map((entry) => [entry.name, entry.value])),
      overridden: entries.filter((entry) => entry.onTopic).map((entry) => entry.name),
    }
  })
  return new Map(states.map((state) => [state.topic, state]))
}

async function leadersOf(admin: Admin, name: string): Promise<readonly number[]> {
  const { topics } = await admin.fetchTopicMetadata({ topics: [name] })
  const partitions = topics.flatMap((topic) => topic.partitions)
  return partitions.toSorted((a, b) => a.partitionId - b.partitionId).map(({ leader }) => leader)
}

/** A group belongs to a partition of Kafka's own topic, by the hash Java gives its name. */
async function coordinator(admin: Admin, group: string): Promise<number> {
  const leaders = await leadersOf(admin, '__consumer_offsets')
  let hash = 0
  for (let at = 0; at < group.length; at += 1) hash = (31 * hash + group.charCodeAt(at)) | 0
  return leaders[Math.abs(hash) % leaders.length] ?? -1
}

async function create(
  admin: Admin,
  names: Naming,
  topics: readonly NewTopic[],
  clock: Clock,
): Promise<void> {
  // Asking first: one that exists would make kafkajs report all the others as failed too.
  const existing = new Set(await admin.listTopics())
  const absent = topics.filter(({ topic }) => !existing.has(names.physical(topic)))
  if (absent.length === 0) {
    return
  }
  await admin.createTopics({
    timeout: CREATE_WITHIN_MS,
    // kafkajs takes a broker that has not heard of the topic yet for a failure.
    waitForLeaders: false,
    topics: absent.map(({ topic, partitions, replication, configs }) => ({
      topic: names.physical(topic),
      numPartitions: partitions,
      replicationFactor: replication,
      configEntries: Object.entries(configs).map(([name, value]) => ({ name, value })),
    })),
  })
  const created = absent.map(({ topic }) => names.physical(topic))
  await led(admin, created, clock)
}

/** Waits until every partition has a leader, as far as the broker that is asked knows. */
async function led(admin: Admin, topics: readonly string[], clock: Clock): Promise<void> {
  for (const endMs = clock.nowMs() + CREATE_WITHIN_MS; ; await wait(clock, ASK_EVERY_MS)) {
    try {
      const metadata = await admin.fetchTopicMetadata({ topics: [...topics] })
      const partitions = metadata.topics.flatMap((topic) => topic.partitions)
      if (partitions.length > 0 && partitions.every(({ leader }) => leader >= 0)) return
    } catch (error) {
      if (!NOT_YET.has(protocolError(error) ?? '') || clock.nowMs() > endMs) throw error
    }
    if (clock.nowMs() > endMs) {
      throw new CrosspointError('XP_BROKER_FAILED', 'topics were created, but got no leaders')
    }
  }
}

/** AlterConfigs replaces all that was set on the topic, so what was set is sent again. */
async function alter(
  admin: Admin,
  name: string,
  configs: Readonly<Record<string, string>>,
): Promise<void> {
  const found = (await describeConfigs(admin, [name])).get(name) ?? []
  const wanted = new Map(found.filter(({ onTopic }) => onTopic).map((one) => [one.name, one.value]))
  for (const [key, value] of Object.entries(configs)) {
    wanted.set(key, value)
  }
  const configEntries = [...wanted].map(([key, value]) => ({ name: key, value }))
  await admin.alterConfigs({
    validateOnly: false,
    resources: [{ type: ConfigResourceTypes.TOPIC, name, configEntries }],
  })
}

async function remove(admin: Admin, names: Naming, topics: readonly LogTopic[]): Promise<void> {
  const existing = new Set(await admin.listTopics())
  const present = topics.map((topic) => names.physical(topic)).filter((name) => existing.has(name))
  if (present.length === 0) {
    return
  }
  await admin.deleteTopics({ topics: present, timeout: CREATE_WITHIN_MS }).catch((error) => {
    if (protocolError(error) !== 'UNKNOWN_TOPIC_OR_PARTITION') {
      throw error
    }
  })
}

interface ConfigEntry {
  readonly name: string
  readonly value: string
  readonly onTopic: boolean
}

async function describeConfigs(
  admin: Admin,
  names: readonly string[],
): Promise<Map<string, readonly ConfigEntry[]>> {
  const resources = names.map((name): ResourceConfigQuery => {
    return { type: ConfigResourceTypes.TOPIC, name }
  })
  const answer = await admin.describeConfigs({ resources, includeSynonyms: false })
  return new Map(
    answer.resources.map(({ resourceName, configEntries }) => [
      resourceName,
      configEntries.map((entry) => ({
        name: entry.configName,
        value: entry.configValue,
        onTopic: entry.configSource === ConfigSource.TOPIC_CONFIG,
      })),
    ]),
  )
}
