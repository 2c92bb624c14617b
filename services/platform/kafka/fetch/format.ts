/**
 * Fetch requests and answers as bytes, in version 11, which every broker since 2.3 speaks. kafkajs makes
 * several buffers and big integers for each partition, asked for or not, of every request and answer.
 */
import { Cursor } from '../cursor.ts'
import { Pen } from '../pen.ts'

/** Next offsets, by topic (as it is called on the brokers) and partition. */
export type Wanted = ReadonlyMap<string, ReadonlyMap<number, number>>

/** The session of a request (KIP-227): what the broker knows already need not be said again. */
export interface SessionPlace {
  readonly id: number
  readonly epoch: number
}

export interface FetchRequest {
  /** How long the broker may wait for a first record. */
  readonly maxWaitMs: number
  /** Of all partitions together, and of each. */
  readonly maxBytes: number
  readonly partitionBytes: number
  readonly session: SessionPlace
  readonly wanted: Wanted
  /** What the session knows and is no longer wanted. */
  readonly forgotten: ReadonlyMap<string, readonly number[]>
}

/** A transaction that was broken off: who wrote it, and where it begins. */
export interface Aborted {
  readonly producerId: number
  readonly firstOffset: number
}

export interface PartitionAnswer {
  readonly topic: string
  readonly partition: number
  readonly errorCode: number
  /** One past the last record that may be read. */
  readonly end: number
  readonly aborted: readonly Aborted[]
  /** Record batches; the last may be cut off. Null where there are none. */
  readonly bytes: Buffer | null
}

export interface FetchAnswer {
  readonly errorCode: number
  readonly sessionId: number
  readonly partitions: readonly PartitionAnswer[]
  /** What kafkajs calls the time that the broker wants us to wait. */
  readonly clientSideThrottleTime: number
}

export const FETCH = { apiKey: 1, apiVersion: 11, apiName: 'Fetch' } as const

const MIN_BYTES = 1
const CONSUMER = -1
const READ_COMMITTED = 1
/** Of replicas; consumers have none. */
const UNUSED = -1
const HEAD_BYTES = 4 * 4 + 1 + 4 + 4
const PARTITION_BYTES = 4 + 4 + 8 + 8 + 4

/** The request without its header. */
export function encodeFetch(request: FetchRequest): Buffer {
  const { wanted, forgotten, session } = request
  const pen = new Pen(sizeOf(request))
  pen.int32(CONSUMER)
  pen.int32(request.maxWaitMs)
  pen.int32(MIN_BYTES)
  pen.int32(request.maxBytes)
  pen.int8(READ_COMMITTED)
  pen.int32(session.id)
  pen.int32(session.epoch)
  pen.int32(wanted.size)
  for (const [topic, offsets] of wanted) {
    pen.text(topic)
    pen.int32(offsets.size)
    for (const [partition, offset] of offsets) {
      pen.int32(partition)
      pen.int32(UNUSED)
      pen.int64(offset)
      pen.int64(UNUSED)
      pen.int32(request.partitionBytes)
    }
  }
  pen.int32(forgotten.size)
  for (const [topic, partitions] of forgotten) {
    pen.text(topic)
    pen.int32(partitions.length)
    for (const partition of partitions) pen.int32(partition)
  }
  pen.text('') // in no rack: leaders are asked
  return pen.bytes
}

function sizeOf({ wanted, forgotten }: FetchRequest): number {
  let bytes = HEAD_BYTES + 4 + 4 + 2
  for (const [topic, offsets] of wanted) {
    bytes += 2 + Buffer.byteLength(topic) + 4 + offsets.size * PARTITION_BYTES
  }
  for (const [topic, partitions] of forgotten) {
    bytes += 2 + Buffer.byteLength(topic) + 4 + partitions.length * 4
  }
  return bytes
}

/** Throws XP_BATCH_UNREADABLE where an answer is none. Bytes are views of `raw`. */
export function decodeFetch(raw: Buffer): FetchAnswer {
  const cursor = new Cursor(raw, 0)
  const clientSideThrottleTime = cursor.int32()
  const errorCode = cursor.int16()
  const sessionId = cursor.int32()
  const partitions: PartitionAnswer[] = []
  for (let topics = cursor.int32(); topics > 0; topics -= 1) {
    const topic = cursor.text(cursor.int16())
    for (let left = cursor.int32(); left > 0; left -= 1) {
      partitions.push(partitionAnswer(topic, cursor))
    }
  }
  return { errorCode, sessionId, partitions, clientSideThrottleTime }
}

function partitionAnswer(topic: string, cursor: Cursor): PartitionAnswer {
  const partition = cursor.int32()
  const errorCode = cursor.int16()
  const highWatermark = cursor.int64()
  const lastStable = cursor.int64()
  cursor.skip(8) // where the log begins
  const aborted: Aborted[] = []
  for (let left = cursor.int32(); left > 0; left -= 1) {
    aborted.push({ producerId: cursor.int64(), firstOffset: cursor.int64() })
  }
  cursor.skip(4) // a replica that would be nearer
  const bytes = cursor.bytes(cursor.int32())
  const end = lastStable < 0 ? highWatermark : lastStable
  return { topic, partition, errorCode, end, aborted, bytes }
}
