/**
 * What an answer holds of one partition, as records of the port, batch by batch. In kafkajs one batch that
 * can not be unpacked fails the whole answer, and with it every partition of the consumer, again and again
 * at the same place. Here such a batch is passed and named: reading goes on behind it, and who reads tells.
 */
import Decoder from 'kafkajs/src/protocol/decoder.js'
import decodeLegacy from 'kafkajs/src/protocol/requests/fetch/v4/decodeMessages.js'
import { CrosspointError } from '../../../errors.ts'
import type { LogRecord, RecordBatch, SkippedBatch } from '../../ports.ts'
import { BATCH, lastOffsetOf, MAGIC, UNCOUNTED_BYTES } from '../batch-layout.ts'
import { UNPACKED_LIMIT_BYTES } from '../codecs.ts'
import type { Logger } from '../log-bridge.ts'
import { createAbortedFilter } from './aborted.ts'
import type { PartitionAnswer } from './format.ts'
import { type Place, recordBytesOf, recordsOf } from './record-batch.ts'

/** An uncompressed batch as large as brokers take by default (1 MiB) can't hold more. */
const RECORDS_LIMIT = 250_000
/** What a record costs in memory beside its bytes, roughly. */
const RECORD_BYTES = 500

/** Bytes that one answer may still unpack to: many batches, each within its limit, add up as well. */
export interface Budget {
  leftBytes: number
}

export const newBudget = (): Budget => ({ leftBytes: UNPACKED_LIMIT_BYTES })

/** Which offsets of the partition are wanted; `to` is not. */
export interface Range {
  readonly from: number
  readonly to?: number
}

/**
 * The records in an answer that lie in the range, and where to read on: behind all that was there, also where
 * nothing of it is for readers (markers and broken-off transactions, what compaction left of a batch). Equal
 * to `from` where nothing was there.
 */
export async function readRecords(
  place: Place,
  { bytes, aborted }: Pick<PartitionAnswer, 'bytes' | 'aborted'>,
  { from, to = Infinity }: Range,
  budget: Budget,
): Promise<RecordBatch> {
  const read = { from, to, records: [] as LogRecord[], skipped: [] as SkippedBatch[], next: from }
  if (bytes !== null && bytes.length > BATCH.magicAt) {
    if (bytes.readInt8(BATCH.magicAt) === MAGIC) {
      await takeBatches(read, place, bytes, createAbortedFilter(aborted), budget)
    } else await takeLegacy(read, place, bytes)
  }
  const { records, skipped, next } = read
  const nextOffset = Math.min(next, to)
  return { ...place, records, nextOffset, ...(skipped.length === 0 ? {} : { skipped }) }
}

interface Reading extends Required<Range> {
  readonly records: LogRecord[]
  readonly skipped: SkippedBatch[]
  next: number
}

/**
 * All whole batches of `bytes`, which may end within one, as far as the budget goes; the first is read in
 * any case, so that reading gets on.
 */
async function takeBatches(
  read: Reading,
  place: Place,
  bytes: Buffer,
  isHidden: (batch: Buffer) => boolean,
  budget: Budget,
): Promise<void> {
  let at = 0
  while (at + BATCH.recordsAt <= bytes.length && (at === 0 || budget.leftBytes > 0)) {
    const end = at + UNCOUNTED_BYTES + bytes.readInt32BE(at + BATCH.lengthAt)
    if (end > bytes.length || end < at + BATCH.recordsAt) break
    const batch = bytes.subarray(at, end)
    at = end
    const firstOffset = Number(batch.readBigInt64BE(0))
    const lastOffset = lastOffsetOf(batch)
    if (!isHidden(batch) && lastOffset >= read.from) {
      try {
        refuseTooMany(batch)
        const unpacked = recordBytesOf(batch)
        const recordBytes = unpacked instanceof Buffer ? unpacked : await unpacked
        const records = recordsOf(batch, recordBytes, place)
        budget.leftBytes -= RECORD_BYTES * records.length + recordBytes.length
        keep(read, records)
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error)
        if (firstOffset < read.to) read.skipped.push({ firstOffset, lastOffset, reason })
      }
    }
    read.next = Math.max(read.next, lastOffset + 1)
  }
}

function refuseTooMany(batch: Buffer): void {
  const count = batch.readInt32BE(BATCH.countAt)
  if (count > RECORDS_LIMIT) {
    throw new CrosspointError('XP_BATCH_UNREADABLE', `${count} records, over ${RECORDS_LIMIT}`)
  }
}

/** A batch may begin before what was asked for. */
function keep({ from, to, records }: Reading, found: readonly LogRecord[]): void {
  for (const record of found) {
    const { offset } = record
    if (offset >= from && offset < to) records.push(record)
  }
}

/** From before Kafka 0.11. */
async function takeLegacy(read: Reading, place: Place, bytes: Buffer): Promise<void> {
  const size = Buffer.alloc(4)
  size.writeInt32BE(bytes.length)
  const messages = await decodeLegacy(new Decoder(Buffer.concat([size, bytes])))
  const records = messages.map(({ offset, timestamp, key, value }) => ({
    ...place,
    offset: Number(offset),
    appendedAt: Number(timestamp),
    key,
    value,
    headers: {},
  }))
  keep(read, records)
  read.next = Math.max(read.next, (records.at(-1)?.offset ?? -1) + 1)
}

/** A line for each batch that was passed unread: the only trace its records leave. */
export function tellSkipped(logger: Logger, batch: RecordBatch, fields: object = {}): void {
  const { topic, partition } = batch
  for (const skipped of batch.skipped ?? []) {
    const place = { ...fields, topic, partition, ...skipped }
    logger.error(
      { code: 'XP_BATCH_UNREADABLE', ...place },
      'a batch could not be read and is passed',
    )
  }
}
