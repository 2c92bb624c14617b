/**
 * Produce requests as bytes, written once into one piece of memory, and their answers: version 7, which every
 * broker since 2.1 speaks, one uncompressed batch for each partition. kafkajs makes several buffers for each
 * record and copies it five times on its way.
 */
import { BATCH, MAGIC, UNCOUNTED_BYTES } from './batch-layout.ts'
import { crc32c } from './crc32c.ts'
import { Cursor } from './cursor.ts'
import type { OutMessage } from './outgoing.ts'
import { Pen, sizedSize, varintSize } from './pen.ts'

export interface ProducePart {
  readonly partition: number
  readonly messages: readonly OutMessage[]
}

export interface ProduceRequest {
  readonly acks: number
  /** How long the broker waits for its replicas. */
  readonly timeoutMs: number
  readonly topics: readonly { readonly topic: string; readonly parts: readonly ProducePart[] }[]
}

/** What became of a partition's records. */
export interface Produced {
  readonly errorCode: number
  readonly baseOffset: number
  /** The broker's append time; -1 where the topic keeps its producers'. */
  readonly appendedAt: number
}

export interface ProduceAnswer {
  /** By topic and partition. */
  readonly topics: ReadonlyMap<string, ReadonlyMap<number, Produced>>
  /** What kafkajs calls the time that the broker wants us to wait. */
  readonly clientSideThrottleTime: number
}

export const PRODUCE = { apiKey: 0, apiVersion: 7, apiName: 'Produce' } as const

const NOBODY = -1

/** Attributes, and the time since the batch's first record, in a byte each. */
const RECORD_HEAD_BYTES = 2

/** What is written of a partition, with its sizes. */
interface Batch extends ProducePart {
  /** Of each record, after its length. */
  readonly bodies: readonly number[]
  readonly bytes: number
}

/** The request without its header. `nowMs` goes into the batches; brokers put their own time over it. */
export function encodeProduce({ acks, timeoutMs, topics }: ProduceRequest, nowMs: number): Buffer {
  const measured = topics.map(({ topic, parts }) => ({ topic, batches: parts.map(batchOf) }))
  let bytes = 2 + 2 + 4 + 4
  for (const { topic, batches } of measured) {
    bytes += 2 + Buffer.byteLength(topic) + 4
    for (const batch of batches) bytes += 4 + 4 + batch.bytes
  }
  const pen = new Pen(bytes)
  pen.int16(NOBODY) // no transaction
  pen.int16(acks)
  pen.int32(timeoutMs)
  pen.int32(topics.length)
  for (const { topic, batches } of measured) {
    pen.text(topic)
    pen.int32(batches.length)
    for (const batch of batches) writeBatch(pen, batch, nowMs)
  }
  return pen.bytes
}

/** Throws XP_BATCH_UNREADABLE where an answer is none. */
export function decodeProduced(raw: Buffer): ProduceAnswer {
  const cursor = new Cursor(raw, 0)
  const topics = new Map<string, Map<number, Produced>>()
  for (let left = cursor.int32(); left > 0; left -= 1) {
    const partitions = new Map<number, Produced>()
    topics.set(cursor.text(cursor.int16()), partitions)
    for (let parts = cursor.int32(); parts > 0; parts -= 1) {
      const partition = cursor.int32()
      const errorCode = cursor.int16()
      partitions.set(partition, {
        errorCode,
        baseOffset: cursor.int64(),
        appendedAt: cursor.int64(),
      })
      cursor.skip(8) // where the log begins
    }
  }
  return { topics, clientSideThrottleTime: cursor.int32() }
}

function batchOf(part: ProducePart): Batch {
  const bodies = bodySizes(part.messages)
  let bytes: number = BATCH.recordsAt
  for (const body of bodies) bytes += varintSize(body) + body
  return { ...part, bodies, bytes }
}

/** Bytes of each record after its length. */
function bodySizes(messages: readonly OutMessage[]): readonly number[] {
  return messages.map(({ key, value, headers }, index) => {
    let bytes = RECORD_HEAD_BYTES + varintSize(index) + sizedSize(key) + sizedSize(value)
    bytes += varintSize(headers.length)
    for (const [name, header] of headers) {
      const nameBytes = Buffer.byteLength(name)
      bytes += varintSize(nameBytes) + nameBytes + sizedSize(header)
    }
    return bytes
  })
}

function writeBatch(pen: Pen, { partition, messages, bodies, bytes }: Batch, nowMs: number): void {
  pen.int32(partition)
  pen.int32(bytes)
  const from = pen.at
  pen.int64(0) // first offset: the broker's
  pen.int32(bytes - UNCOUNTED_BYTES)
  pen.int32(0) // leader epoch: the broker's
  pen.int8(MAGIC)
  pen.int32(0) // checksum
  pen.int16(0)
  pen.int32(messages.length - 1)
  pen.int64(nowMs)
  pen.int64(nowMs)
  pen.int64(NOBODY) // no idempotence: no producer, and brokers ignore its epoch and sequence
  pen.int16(0)
  pen.int32(0)
  pen.int32(messages.length)
  for (const [index, message] of messages.entries()) {
    writeRecord(pen, message, index, bodies[index] ?? 0)
  }
  // All behind the checksum.
  const checksum = crc32c(pen.bytes, from + BATCH.attributesAt, pen.at)
  pen.bytes.writeUInt32BE(checksum, from + BATCH.checksumAt)
}

function writeRecord(pen: Pen, message: OutMessage, index: number, body: number): void {
  const { key, value, headers } = message
  pen.varint(body)
  pen.int8(0)
  pen.varint(0)
  pen.varint(index)
  pen.sized(key)
  pen.sized(value)
  pen.varint(headers.length)
  for (const [name, header] of headers) {
    pen.sizedText(name, Buffer.byteLength(name))
    pen.sized(header)
  }
}
