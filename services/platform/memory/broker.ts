/**
 * An in-memory broker: topics with partitions, broker append time from virtual time plus each broker's
 * skew, and consumer groups. It keeps everything and compacts nothing. What the network and the brokers
 * do to a client is the `Weather`'s to say; the broker itself is always there and always right.
 */
import { TOPIC_NAMES, TOPICS, type LogTopic } from '../../topology.ts'
import type { Headers, LogRecord, OutRecord } from '../ports.ts'
import { coordinator, type Coordinator, type GroupTimes } from './group.ts'
import type { VirtualTime } from './virtual-time.ts'

export interface PartitionLog {
  readonly leader: number
  readonly records: LogRecord[]
  /** First offset that is still kept. */
  start: number
  /** Told after every append; each call is told once. */
  readonly waiting: Set<() => void>
}

export interface MemoryBroker {
  readonly time: VirtualTime
  readonly partitions: (topic: LogTopic) => number
  readonly log: (topic: LogTopic, partition: number) => PartitionLog
  /** Appends at once, without any network, as the partition's leader does. */
  append(record: OutRecord): LogRecord
  /** All records of a topic, partition by partition. */
  records(topic: LogTopic): readonly LogRecord[]
  /** First offset appended at or after a moment; the end when there is none. */
  at(topic: LogTopic, partition: number, timeMs: number): number
  /** Drops all records below an offset, as retention does. */
  trim(topic: LogTopic, partition: number, offset: number): void
  group(groupId: string): Coordinator
  /** A broker's clock goes ahead of true time by so much from now on (behind when negative). */
  skew(leader: number, aheadMs: number): void
}

export interface BrokerOptions {
  /** Partition count of every topic of calls; the others have one. */
  readonly partitions: number
  readonly brokers?: number
  readonly group?: Partial<GroupTimes>
}

export function memoryBroker(time: VirtualTime, options: BrokerOptions): MemoryBroker {
  const brokers = options.brokers ?? 3
  const skews = new Map<number, number>()
  const topics = createTopics(options.partitions, brokers)
  const groups = new Map<string, Coordinator>()

  const logsOf = (topic: LogTopic): readonly PartitionLog[] => {
    const logs = topics.get(topic)
    if (logs === undefined) throw new RangeError(`there is no topic ${topic}`)
    return logs
  }
  const log = (topic: LogTopic, partition: number): PartitionLog => {
    const found = logsOf(topic)[partition]
    if (found === undefined) throw new RangeError(`${topic} has no partition ${partition}`)
    return found
  }
  return {
    time,
    partitions: (topic) => logsOf(topic).length,
    log,
    append(out) {
      const target = log(out.topic, out.partition)
      const last = target.records.at(-1)
      const now = Math.floor(time.nowMs()) + (skews.get(target.leader) ?? 0)
      const record: LogRecord = {
        topic: out.topic,
        partition: out.partition,
        offset: target.records.length,
        appendedAt: last === undefined ? now : Math.max(last.appendedAt, now),
        key: typeof out.key === 'string' ? Buffer.from(out.key) : out.key,
        value: out.value,
        headers: toBytes(out.headers ?? {}),
      }
      target.records.push(record)
      const told = [...target.waiting]
      target.waiting.clear()
      for (const tell of told) tell()
      return record
    },
    records: (topic) => logsOf(topic).flatMap(({ records }) => records),
    at: (topic, partition, timeMs) => {
      const { records, start } = log(topic, partition)
      return Math.max(start, firstAt(records, timeMs))
    },
    trim(topic, partition, offset) {
      const target = log(topic, partition)
      target.start = Math.min(Math.max(target.start, offset), target.records.length)
    },
    group(groupId) {
      let group = groups.get(groupId)
      if (group === undefined) {
        group = coordinator(time, options.partitions, options.group ?? {})
        groups.set(groupId, group)
      }
      return group
    },
    skew(leader, aheadMs) {
      skews.set(leader, aheadMs)
    },
  }
}

function createTopics(partitions: number, brokers: number): Map<LogTopic, PartitionLog[]> {
  const topics = new Map<LogTopic, PartitionLog[]>()
  TOPIC_NAMES.forEach((name, topicIndex) => {
    const spec = TOPICS[name]
    const count = spec.partitions === 'calls' ? partitions : spec.partitions
    const create = (topic: LogTopic): void => {
      const logs = Array.from({ length: count }, (_, partition) => ({
        leader: (partition + topicIndex) % brokers,
        records: [],
        start: 0,
        waiting: new Set<() => void>(),
      }))
      topics.set(topic, logs)
    }
    create(name)
    if (spec.deadLettersBy !== undefined) create(`${name}.dlt`)
  })
  return topics
}

function toBytes(headers: NonNullable<OutRecord['headers']>): Headers {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      typeof value === 'string' ? Buffer.from(value) : value,
    ]),
  )
}

/** Index of the first record appended at or after a moment. Append times never go back. */
function firstAt(records: readonly LogRecord[], timeMs: number): number {
  let low = 0
  let high = records.length
  while (low < high) {
    const middle = (low + high) >> 1
    const record = records[middle]
    if (record !== undefined && record.appendedAt < timeMs) low = middle + 1
    else high = middle
  }
  return low
}
