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
import type { LogTopic } from '../../topology.ts'

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
  /** Creates topics and waits until each partition has a leader. Those that exist already are left
   * as they are. */
  createTopics(topics: readonly NewTopic[]): Promise<void>
  /** Sets the named configs and leaves the topic's others as they are. */
  alterConfigs(topic: LogTopic, configs: Readonly<Record<string, string>>): Promise<void>
  /** Deletes topics with all they hold; missing ones are no error. */
  deleteTopics(topics: readonly LogTopic[]): Promise<void>
  close(): Promise<void>
}
