/**
 * The ports between the shells and the world: the log (Kafka or the in-memory broker), the codec and
 * the clock. Both brokers pass one conformance suite, so a service run over either behaves alike.
 *
 * Offsets are numbers (exact to 2^53), times are milliseconds of broker append time unless a name says
 * host. Topic names are logical, without the environment's prefix.
 */
import type { LogTopic, RecordOf, TopicName } from '../topology.ts'

export type Headers = Readonly<Record<string, Uint8Array | readonly Uint8Array[]>>

/** A record as it was read. `key` and `value` are null when the producer sent none. */
export interface LogRecord {
  readonly topic: LogTopic
  readonly partition: number
  readonly offset: number
  /** Broker append time. */
  readonly appendedAt: number
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly headers: Headers
  /** What a codec read in its value, for all who share the record (decode-once.ts); nobody else looks at it. */
  decoded?: { readonly by: Codec; readonly value: unknown } | undefined
}

/** A record to append. The partition is always named: a call's records follow its arrival. */
export interface OutRecord {
  readonly topic: LogTopic
  readonly partition: number
  readonly key: string | Uint8Array | null
  readonly value: Uint8Array | null
  readonly headers?: Readonly<Record<string, string | Uint8Array | readonly Uint8Array[]>>
}

/** Where and when the broker appended a record. */
export interface Ack {
  readonly offset: number
  readonly appendedAt: number
  /** Host monotonic time when the request was sent and when its acknowledgement came. */
  readonly sentAtHostMs: number
  readonly ackedAtHostMs: number
}

/**
 * How soon records come and go. `prompt`: a caller waits for them. `patient`: nobody does; they gather
 * for some tens of milliseconds, or come with what somebody else waits for, and cost fewer requests.
 */
export type Haste = 'prompt' | 'patient'

export interface LogProducer {
  /**
   * Appends one record with acks=all. Records given within a few milliseconds travel together, one
   * request per partition leader, so a slow leader holds up only its own partitions. Order within a
   * partition is the order of the calls. Rejects with a CrosspointError once bounded retries are used
   * up; the record may then have been appended or not.
   */
  append(record: OutRecord): Promise<Ack>
  /** Waits for what is under way, at most `timeoutMs`, and closes. */
  close(timeoutMs: number): Promise<void>
}

/** Offsets, both included, of a batch that can't be unpacked (corrupt, or too large by far). */
export interface SkippedBatch {
  readonly firstOffset: number
  readonly lastOffset: number
  readonly reason: string
}

/** One read of one partition. `nextOffset` is the position after it, past gaps. */
export interface RecordBatch {
  readonly topic: LogTopic
  readonly partition: number
  readonly records: readonly LogRecord[]
  readonly nextOffset: number
  /** What was passed unread, already logged as XP_BATCH_UNREADABLE; absent when there is none. */
  readonly skipped?: readonly SkippedBatch[]
}

export interface Assignment {
  /** Rises with every assignment this consumer was given; work of an older one must not be committed. */
  readonly epoch: number
  /** Partition numbers; the same for every topic of the group (co-partitioned). */
  readonly partitions: readonly number[]
  /**
   * Those of `partitions` that this consumer did not hold just before. A consumer that the group dropped
   * (it missed a generation) or that was rebuilt holds nothing: everything it is then given is gained.
   */
  readonly gained: readonly number[]
  /** Those it held before and no longer does. */
  readonly lost: readonly number[]
}

/** What a group consumer tells its service. All calls are synchronous and may not throw. */
export interface GroupHandler {
  /**
   * A new assignment, before any record of it. Gained partitions are paused in every topic and stay
   * silent until the service has sought AND resumed them; retained ones go on exactly where they were.
   */
  assigned(assignment: Assignment): void
  /** The group is about to rebalance: nothing is read until `assigned`. */
  revoking(): void
  records(batch: RecordBatch): void
  /**
   * The consumer is being rebuilt after an error it could not ride out, or the log no longer has the
   * position of a partition (XP_OFFSET_OUT_OF_RANGE); `assigned` will follow. In the second case that
   * partition alone is gained anew, and the service's next seek in the topic is held within the log.
   */
  interrupted(error: Error): void
}

export interface CommitEntry {
  readonly topic: TopicName
  readonly partition: number
  /** Next offset to read after a restart. */
  readonly offset: number
  readonly metadata?: string
}

export interface Committed {
  readonly offset: number
  readonly metadata: string
}

/** A member of a consumer group with co-partitioned sticky assignment and manual positions. */
export interface GroupConsumer {
  /**
   * Joins and reads until `stop`; resolves once joining has begun, before the first assignment.
   * Rebuilds itself after a lost coordinator.
   */
  start(handler: GroupHandler): Promise<void>
  seek(topic: TopicName, partition: number, offset: number): void
  pause(topic: TopicName, partitions: readonly number[]): void
  resume(topic: TopicName, partitions: readonly number[]): void
  /** Rejects when this member's generation is over; then the commit did not happen. */
  commit(entries: readonly CommitEntry[]): Promise<void>
  /** What the group has committed for a topic, by partition; partitions without a commit are absent. */
  committed(topic: TopicName): Promise<ReadonlyMap<number, Committed>>
  /** Leaves the group at once, so that others take over without waiting for the session's end. */
  stop(): Promise<void>
}

/** Questions about a topic's offsets. Each rejects with a CrosspointError when the brokers do not answer. */
export interface LogOffsets {
  /** End offset of each partition: one past the last record. */
  ends(topic: LogTopic): Promise<readonly number[]>
  /** First offset still kept in each partition. */
  starts(topic: LogTopic): Promise<readonly number[]>
  /** First offset appended at or after `timeMs`, in each partition; its end where there is none. */
  at(topic: LogTopic, timeMs: number): Promise<readonly number[]>
}

/** An offset for each partition of a topic, in their order. */
export type Places = ReadonlyMap<LogTopic, readonly number[]>

export interface ReadOptions {
  readonly topics: readonly LogTopic[]
  /** Only these partitions of every topic; all when absent. */
  readonly partitions?: readonly number[]
  /** Where to begin: all that is kept, only what comes from now on, an append time, or places. */
  readonly from: 'start' | 'end' | { readonly timeMs: number } | { readonly offsets: Places }
  /**
   * `end`: finish at the end offsets as they were at the start. `never`: follow until aborted. Places:
   * finish before them, or at the end where that comes first.
   */
  readonly until: 'end' | 'never' | { readonly offsets: Places }
  readonly signal?: AbortSignal
}

/** Reads without a place in any group, for people's commands, compacted state and checks. */
export interface LogReader {
  /** Calls back batch by batch, in offset order within a partition; resolves when done or aborted. */
  read(options: ReadOptions, onBatch: (batch: RecordBatch) => void): Promise<void>
}

/** All a service needs of a cluster. */
export interface LogClient {
  readonly offsets: LogOffsets
  readonly reader: LogReader
  /** `purpose` names the producer in logs; audit has its own, so that it never holds up decisions. */
  producer(purpose: string, haste?: Haste): Promise<LogProducer>
  group(groupId: string, topics: readonly TopicName[], haste?: Haste): GroupConsumer
  close(): Promise<void>
}

export type Decoded<T> =
  | { readonly ok: true; readonly value: T }
  /** The bytes can't be this record, now or ever. `code` is from the error table. */
  | {
      readonly ok: false
      readonly retry: false
      readonly code: DecodeCode
      readonly message: string
    }
  /** Well-framed, but the writer's schema is not known here yet: `learn` it, then decode again. */
  | { readonly ok: false; readonly retry: true; readonly schemaId: number }

export type DecodeCode = 'XP_RECORD_EMPTY' | 'XP_RECORD_UNREADABLE' | 'XP_SCHEMA_UNKNOWN'

/** Avro in the Confluent wire format; synchronous, schemas are fetched ahead. */
export interface Codec {
  /** Throws XP_RECORD_INVALID when the value does not fit the schema, which is a mistake of ours. */
  encode<T extends TopicName>(topic: T, value: RecordOf[T]): Uint8Array
  decode<T extends TopicName>(topic: T, bytes: Uint8Array | null): Decoded<RecordOf[T]>
  /**
   * Asks the registry for a writer's schema. `known`: decode will work; `unknown`: there is no such
   * schema (decode then says XP_SCHEMA_UNKNOWN for good); `unavailable`: the registry did not answer.
   */
  learn(schemaId: number): Promise<'known' | 'unknown' | 'unavailable'>
}

export type Cancel = () => void

/** Host time. Monotonic: a step of the host's clock changes nothing. */
export interface Clock {
  /** Milliseconds since some fixed moment, never going back. */
  nowMs(): number
  after(delayMs: number, run: () => void): Cancel
}
