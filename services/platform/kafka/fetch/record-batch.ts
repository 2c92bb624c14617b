/**
 * The records of a batch, as every client since Kafka 0.11 writes them (magic 2). kafkajs makes several
 * big integers for each record, and for each of its headers a new object: about ten times the work, and
 * each call leaves a dozen records and more to read. Here all but its place in the batch is made when
 * somebody asks for it (and what was decoded is kept, decode-once.ts): records wait for their turn by the thousand, and what waits for long is copied by
 * each collection of garbage.
 */
import compression from 'kafkajs/src/protocol/message/compression/index.js'
import type { LogTopic } from '../../../topology.ts'
import type { Headers, LogRecord } from '../../ports.ts'
import { ATTRIBUTE, BATCH } from '../batch-layout.ts'
import { broken, Cursor } from '../cursor.ts'

/** Where a batch was read. */
export interface Place {
  readonly topic: LogTopic
  readonly partition: number
}

/** What all records of a batch share. */
interface Shared extends Place {
  readonly firstOffset: number
  readonly firstTimestamp: number
  /** Of all records, where the broker's append time counts; null: each has its own. */
  readonly appendedAt: number | null
}

/** Its bytes are views of the batch: who keeps one keeps the whole answer it came in. */
class BatchRecord implements LogRecord {
  readonly #shared: Shared
  readonly #source: Buffer
  readonly #sinceFirstMs: number
  readonly #sinceFirst: number
  readonly #keyAt: number
  readonly #keyLength: number
  readonly #valueAt: number
  readonly #valueLength: number
  readonly #headersAt: number
  #headers: Headers | undefined
  decoded: LogRecord['decoded'] = undefined

  constructor(cursor: Cursor, shared: Shared) {
    const end = cursor.varint() + cursor.at
    cursor.skip(1)
    this.#shared = shared
    this.#source = cursor.source
    this.#sinceFirstMs = cursor.varlong()
    this.#sinceFirst = cursor.varint()
    this.#keyLength = cursor.varint()
    this.#keyAt = cursor.at
    cursor.skip(Math.max(0, this.#keyLength))
    this.#valueLength = cursor.varint()
    this.#valueAt = cursor.at
    cursor.skip(Math.max(0, this.#valueLength))
    this.#headersAt = cursor.at
    for (let left = cursor.varint(); left > 0; left -= 1) {
      cursor.skip(cursor.varint())
      cursor.skip(Math.max(0, cursor.varint()))
    }
    if (cursor.at !== end) throw broken('a record is not as long as it says')
  }

  get topic(): LogTopic {
    return this.#shared.topic
  }
  get partition(): number {
    return this.#shared.partition
  }
  get offset(): number {
    return this.#shared.firstOffset + this.#sinceFirst
  }
  get appendedAt(): number {
    const { appendedAt, firstTimestamp } = this.#shared
    return appendedAt ?? firstTimestamp + this.#sinceFirstMs
  }
  get key(): Buffer | null {
    return this.#view(this.#keyAt, this.#keyLength)
  }
  get value(): Buffer | null {
    return this.#view(this.#valueAt, this.#valueLength)
  }
  /** Looked at several times where they are looked at; that nothing leads out of the batch was seen before. */
  get headers(): Headers {
    this.#headers ??= headersOf(new Cursor(this.#source, this.#headersAt))
    return this.#headers
  }

  /** A length below zero is none, as brokers read it. */
  #view(at: number, length: number): Buffer | null {
    return length < 0 ? null : this.#source.subarray(at, at + length)
  }
}

/**
 * A header given more than once is a list. One without a value reads as one without bytes, and `__proto__`
 * is left out: neither means anything to us, and an object can't hold the latter.
 */
function headersOf(cursor: Cursor): Headers {
  const headers: Record<string, Buffer | Buffer[]> = {}
  for (let left = cursor.varint(); left > 0; left -= 1) {
    const name = cursor.text(cursor.varint())
    const value = cursor.bytes(cursor.varint()) ?? NO_BYTES
    const known = Object.hasOwn(headers, name) ? headers[name] : undefined
    if (known !== undefined) headers[name] = [known, value].flat()
    else if (name !== '__proto__') headers[name] = value
  }
  return headers
}

const NO_BYTES = Buffer.alloc(0)

/** The bytes of a batch's records, unpacked; they come at once where nothing is packed. */
export function recordBytesOf(batch: Buffer): Buffer | Promise<Buffer> {
  const codec = compression.lookupCodecByAttributes(batch.readInt16BE(BATCH.attributesAt))
  const packed = batch.subarray(BATCH.recordsAt)
  return codec === null ? packed : codec.decompress(packed)
}

/**
 * All records of one whole batch, whose bytes are those of `recordBytesOf`. Throws XP_BATCH_UNREADABLE when
 * one of them is not as long as it says.
 */
export function recordsOf(batch: Buffer, bytes: Buffer, place: Place): readonly LogRecord[] {
  const cursor = new Cursor(bytes, 0)
  const byAppendTime = (batch.readInt16BE(BATCH.attributesAt) & ATTRIBUTE.appendTime) !== 0
  const shared: Shared = {
    ...place,
    firstOffset: Number(batch.readBigInt64BE(0)),
    firstTimestamp: Number(batch.readBigInt64BE(BATCH.firstTimestampAt)),
    appendedAt: byAppendTime ? Number(batch.readBigInt64BE(BATCH.maxTimestampAt)) : null,
  }
  const records: LogRecord[] = []
  for (let left = batch.readInt32BE(BATCH.countAt); left > 0; left -= 1) {
    records.push(new BatchRecord(cursor, shared))
  }
  return records
}
