/** What topics should be like on the brokers, and how those that are there differ. Pure. */
import {
  DEAD_LETTER_RETENTION_MS,
  TOPIC_NAMES,
  TOPICS,
  type LogTopic,
  type TopicName,
} from '../../topology.ts'
import type { NewTopic, TopicState } from '../kafka/admin.ts'

export interface Deployment {
  readonly callPartitions: number
  /** How many brokers are up; replication follows from it. */
  readonly brokers: number
}

export interface Difference {
  readonly topic: LogTopic
  /** `missing`, `partitions`, `replication`, or a config's name. */
  readonly what: string
  readonly wanted: string
  readonly found: string
  /** `apply` mends it; what it can't mend without losing what a topic holds is for people. */
  readonly mendable: boolean
  /** A service can't work with it. */
  readonly fatal: boolean
}

const REPLICATION = 3
const FOR_EVER = '-1'
/**
 * Less than any batch, so that nearly each has an entry. Our readers ask for the newest few records over and over,
 * and a broker looks batch by batch from the last entry on: by default 4 KB, a dozen of our batches.
 */
export const INDEX_EVERY_BYTES = '128'
const TIMESTAMPS = 'message.timestamp.type'
const MESSAGE_BYTES = 'max.message.bytes'
/** The largest record Kafka accepts by default, and room for the headers of a dead letter around it. */
const DEAD_LETTER_BYTES = 1_048_588 + 65_536

/** Every topic and dead-letter topic as it should be created. */
export function wantedTopics(deployment: Deployment): readonly NewTopic[] {
  return TOPIC_NAMES.flatMap((name) => {
    const topic = wanted(name, name, deployment, TOPICS[name].retentionMs)
    if (TOPICS[name].deadLettersBy === undefined) return [topic]
    const letters = wanted(name, `${name}.dlt`, deployment, DEAD_LETTER_RETENTION_MS)
    const configs = { ...letters.configs, [MESSAGE_BYTES]: String(DEAD_LETTER_BYTES) }
    return [topic, { ...letters, configs }]
  })
}

function wanted(
  name: TopicName,
  topic: LogTopic,
  { callPartitions, brokers }: Deployment,
  retentionMs: number | null,
): NewTopic {
  const spec = TOPICS[name]
  const replicated = brokers >= REPLICATION
  return {
    topic,
    partitions: spec.partitions === 'calls' ? callPartitions : spec.partitions,
    replication: replicated ? REPLICATION : 1,
    configs: {
      [TIMESTAMPS]: 'LogAppendTime',
      'cleanup.policy': spec.compacted === true && topic === name ? 'compact' : 'delete',
      'retention.ms': retentionMs === null ? FOR_EVER : String(retentionMs),
      'min.insync.replicas': replicated ? '2' : '1',
      'unclean.leader.election.enable': 'false',
      'index.interval.bytes': INDEX_EVERY_BYTES,
    },
  }
}

/** How the topics found differ from those wanted, in the order wanted. */
export function differences(
  topics: readonly NewTopic[],
  found: ReadonlyMap<LogTopic, TopicState>,
): readonly Difference[] {
  return topics.flatMap((topic) => {
    const state = found.get(topic.topic)
    const differs = (what: string, want: string, have: string, kind: Kind): Difference[] =>
      want === have ? [] : [{ topic: topic.topic, what, wanted: want, found: have, ...kind }]
    if (state === undefined)
      return differs('missing', 'exists', 'missing', { ...MEND, fatal: true })
    const { partitions, replication } = topic
    return [
      ...differs('partitions', String(partitions), String(state.partitions), BROKEN),
      // More replicas than wanted are nobody's trouble.
      ...(state.replication < replication
        ? differs('replication', String(replication), String(state.replication), PEOPLE)
        : []),
      ...Object.entries(topic.configs).flatMap(([name, value]) =>
        differs(
          name,
          value,
          state.configs[name] ?? '(not set)',
          name === TIMESTAMPS ? BROKEN : MEND,
        ),
      ),
    ]
  })
}

type Kind = Pick<Difference, 'mendable' | 'fatal'>
const MEND: Kind = { mendable: true, fatal: false }
const PEOPLE: Kind = { mendable: false, fatal: false }
const BROKEN: Kind = { mendable: false, fatal: true }
