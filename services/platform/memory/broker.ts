/**
 * An in-memory cluster: topics with partitions, broker append time from virtual time plus the skew of
 * the partition's leader, and consumer groups. It keeps everything and compacts nothing. What the network
 * and the brokers do to a client is the `Weather`'s to say; what is stored is always right.
 */
import { TOPIC_NAMES, TOPICS, type LogTopic } from '../../topology.ts'
import type { Headers, LogRecord, OutRecord } from '../ports.ts'
import { coordinator, type Coordinator, type GroupTimes } from './group.ts'
import type { VirtualTime } from './virtual-time.ts'

export interface PartitionLog {
  /** Whom clients must ask. */
  leader: number
  /** The leader is gone and no other is found yet: whoever is asked refuses. */
  electing: boolean
  readonly records: LogRecord[]
  /** By record, the greatest append time up to it: append times go back where the leader changes. */
  readonly newest: number[]
  /** By record, when it really was appended, for those who tell what happened. */
  readonly trueTimes: number[]
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
  /** A partition loses its leader now and has another in so many milliseconds. */
  lead(topic: LogTopic, partition: number, leader: number, withinMs: number): void
  /** Larger values are refused, as by a topic's max.message.bytes. */
  valueBytesMax(topic: LogTopic): number
}

export interface BrokerOptions {
  /** Partition count of every topic of calls; the others have one. */
  readonly partitions: number
  readonly brokers?: number
  readonly group?: Partial<GroupTimes>
  /** Of the topics of calls. */
  readonly valueBytesMax?: number
}

const limited: ReadonlySet<LogTopic> = new Set(
  TOPIC_NAMES.filter((name) => TOPICS[name].partitions === 'calls'),
)

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
      const appendedAt = Math.floor(time.nowMs()) + (skews.get(target.leader) ?? 0)
      const record: LogRecord = {
        topic: out.topic,
        partition: out.partition,
        offset: target.records.length,
        appendedAt,
        key: typeof out.key === 'string' ? Buffer.from(out.key) : out.key,
        value: out.value,
        headers: toBytes(out.headers ?? {}),
      }
      target.records.push(record)
      target.trueTimes.push(time.nowMs())
      target.newest.push(Math.max(target.newest.at(-1) ?? -Infinity, appendedAt))
      wake(target)
      return record
    },
    records: (topic) => logsOf(topic).flatMap(({ records }) => records),
    at: (topic, partition, timeMs) => {
      const { newest, start } = log(topic, partition)
      return Math.max(start, firstAt(newest, timeMs))
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
    lead(topic, partition, leader, withinMs) {
      const target = log(topic, partition)
      target.electing = true
      // Who waits for more at the old leader hears that it is none.
      wake(target)
      time.after(withinMs, () => {
        target.leader = leader
        target.electing = false
      })
    },
    valueBytesMax: (topic) => (limited.has(topic) ? (options.valueBytesMax ?? Infinity) : Infinity),
  }
}

function wake({ waiting }: PartitionLog): void {
  const told = [...waiting]
  waiting.clear()
  for (const tell of told) tell()
}

function createTopics(partitions: number, brokers: number): Map<LogTopic, PartitionLog[]> {
  const topics = new Map<LogTopic, PartitionLog[]>()
  TOPIC_NAMES.forEach((name, topicIndex) => {
    const spec = TOPICS[name]
    const count = spec.partitions === 'calls' ? partitions : spec.partitions
    const create = (topic: LogTopic): void => {
      const logs = Array.from({ length: count }, (_, partition) => ({
        leader: (partition + topicIndex) % brokers,
        electing: false,
        records: [],
        newest: [],
        trueTimes: [],
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

/** Index of the first record appended at or after a moment, by the greatest append times so far. */
function firstAt(newest: readonly number[], timeMs: number): number {
  let low = 0
  let high = newest.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((newest[middle] ?? Infinity) < timeMs) low = middle + 1
    else high = middle
  }
  return low
}
