/**
 * The records of a batch, as every client since Kafka 0.11 writes them (magic 2). kafkajs makes several
 * big integers for each record, and for each of its headers a new object: about ten times the work, and
 * each call leaves a dozen records and more to read. Here headers are made when somebody asks for them.
 */
import type { KafkaMessage } from 'kafkajs'
import compression from 'kafkajs/src/protocol/message/compression/index.js'
import { ATTRIBUTE, BATCH, type BatchContext, contextOf } from './batch-layout.ts'
import { broken, Cursor } from './cursor.ts'

/** What all records of a batch share. */
interface Shared {
  readonly firstOffset: number
  readonly firstTimestamp: number
  /** Of all records, where the broker's append time counts; null: each has its own. */
  readonly timestamp: string | null
  readonly isControlRecord: boolean
  readonly batchContext: BatchContext
}

/** A record in the shape of kafkajs' messages; its bytes are views of the batch. */
class BatchRecord {
  readonly attributes = 0
  readonly offset: string
  readonly timestamp: string
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly isControlRecord: boolean
  readonly batchContext: BatchContext
  readonly #source: Buffer
  readonly #headersAt: number
  #headers: Record<string, Buffer | Buffer[]> | undefined

  constructor(cursor: Cursor, shared: Shared) {
    const end = cursor.varint() + cursor.at
    cursor.skip(1)
    const sinceFirstMs = cursor.varlong()
    this.timestamp = shared.timestamp ?? String(shared.firstTimestamp + sinceFirstMs)
    this.offset = String(shared.firstOffset + cursor.varint())
    this.key = cursor.bytes(cursor.varint())
    this.value = cursor.bytes(cursor.varint())
    this.isControlRecord = shared.isControlRecord
    this.batchContext = shared.batchContext
    this.#source = cursor.source
    this.#headersAt = cursor.at
    for (let left = cursor.varint(); left > 0; left -= 1) {
      cursor.skip(cursor.varint())
      cursor.skip(Math.max(0, cursor.varint()))
    }
    if (cursor.at !== end) throw broken('a record is not as long as it says')
  }

  /** Made at the first look; that nothing leads out of the batch was seen before. */
  get headers(): Record<string, Buffer | Buffer[]> {
    this.#headers ??= headersOf(new Cursor(this.#source, this.#headersAt))
    return this.#headers
  }
}

/**
 * A header given more than once is a list. One without a value reads as one without bytes, and `__proto__`
 * is left out: neither means anything to us, and an object can't hold the latter.
 */
function headersOf(cursor: Cursor): Record<string, Buffer | Buffer[]> {
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

/** All records of one whole batch. Rejects when one of them is not as long as it says. */
export async function decodeRecordBatch(batch: Buffer): Promise<readonly KafkaMessage[]> {
  const attributes = batch.readInt16BE(BATCH.attributesAt)
  const codec = compression.lookupCodecByAttributes(attributes)
  const packed = batch.subarray(BATCH.recordsAt)
  const cursor = new Cursor(codec === null ? packed : await codec.decompress(packed), 0)
  const byAppendTime = (attributes & ATTRIBUTE.appendTime) !== 0
  const shared: Shared = {
    firstOffset: Number(batch.readBigInt64BE(0)),
    firstTimestamp: Number(batch.readBigInt64BE(BATCH.firstTimestampAt)),
    timestamp: byAppendTime ? String(batch.readBigInt64BE(BATCH.maxTimestampAt)) : null,
    isControlRecord: (attributes & ATTRIBUTE.control) !== 0,
    batchContext: contextOf(batch),
  }
  const records: KafkaMessage[] = []
  for (let left = batch.readInt32BE(BATCH.countAt); left > 0; left -= 1) {
    records.push(new BatchRecord(cursor, shared))
  }
  return records
}
