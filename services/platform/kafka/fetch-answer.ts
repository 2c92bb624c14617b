/**
 * Fetch answers, decoded batch by batch. In kafkajs one batch that can not be unpacked fails the whole
 * answer, and with it every partition of the consumer, again and again at the same place. Here such a
 * batch becomes one marker at its last offset: reading goes on behind it, and who reads tells.
 */
import type { KafkaMessage } from 'kafkajs'
import Decoder from 'kafkajs/src/protocol/decoder.js'
import decodeLegacy from 'kafkajs/src/protocol/requests/fetch/v4/decodeMessages.js'
import answerFormat from 'kafkajs/src/protocol/requests/fetch/v11/response.js'
import { CrosspointError } from '../../errors.ts'
import { BATCH, contextOf, MAGIC, UNCOUNTED_BYTES } from './batch-layout.ts'
import { UNPACKED_LIMIT_BYTES } from './codecs.ts'
import { decodeRecordBatch } from './record-batch.ts'

/** Stands for all records of a batch that could not be read. */
export interface Unreadable {
  readonly firstOffset: number
  readonly lastOffset: number
  /** The decoder's own words. */
  readonly reason: string
}

/** A message as kafkajs makes it; markers have `unreadable`. */
export type FetchedMessage = KafkaMessage & { readonly unreadable?: Unreadable }

/** An uncompressed batch as large as brokers take by default (1 MiB) can't hold more. */
const RECORDS_LIMIT = 250_000
/** What a record costs in memory beside its bytes, roughly. */
const RECORD_BYTES = 500

/** Bytes that one answer may still unpack to: many batches, each within its limit, add up as well. */
interface Budget {
  leftBytes: number
}

function lastOffsetOf(batch: Buffer): number {
  const firstOffset = Number(batch.readBigInt64BE(0))
  return firstOffset + Math.max(0, batch.readInt32BE(BATCH.lastDeltaAt))
}

/** Stands at the last offset of a batch. */
function standIn(batch: Buffer, isControlRecord: boolean) {
  return {
    key: null,
    value: null,
    headers: {},
    attributes: 0,
    timestamp: String(batch.readBigInt64BE(BATCH.maxTimestampAt)),
    offset: String(lastOffsetOf(batch)),
    isControlRecord,
    batchContext: contextOf(batch),
  }
}

function unreadable(batch: Buffer, error: unknown): FetchedMessage {
  const firstOffset = Number(batch.readBigInt64BE(0))
  const reason = error instanceof Error ? error.message : String(error)
  const told = { firstOffset, lastOffset: lastOffsetOf(batch), reason }
  return { ...standIn(batch, false), unreadable: told }
}

/**
 * Compaction takes records and leaves their batch, at times none of them. Where the last one is gone its
 * offset is passed like that of a control record, which kafkajs hands to nobody: else reading would stay.
 */
const passed = (batch: Buffer): FetchedMessage => standIn(batch, true)

/**
 * All whole batches of `bytes`, which may end within one, as far as the budget goes; the first is
 * decoded in any case, so that reading gets on.
 */
async function decodeBatches(bytes: Buffer, budget: Budget): Promise<FetchedMessage[]> {
  const messages: FetchedMessage[] = []
  let at = 0
  while (at + BATCH.recordsAt <= bytes.length && (at === 0 || budget.leftBytes > 0)) {
    const end = at + UNCOUNTED_BYTES + bytes.readInt32BE(at + BATCH.lengthAt)
    if (end > bytes.length || end < at + BATCH.recordsAt) {
      break
    }
    const batch = bytes.subarray(at, end)
    at = end
    try {
      const count = batch.readInt32BE(BATCH.countAt)
      if (count > RECORDS_LIMIT) {
        throw new CrosspointError('XP_BATCH_UNREADABLE', `${count} records, over ${RECORDS_LIMIT}`)
      }
      const records = await decodeRecordBatch(batch)
      for (const record of records) {
        budget.leftBytes -= RECORD_BYTES + record.byteLength
        messages.push(record)
      }
      if (Number(records.at(-1)?.offset ?? -1) < lastOffsetOf(batch)) messages.push(passed(batch))
    } catch (error) {
      messages.push(unreadable(batch, error))
    }
  }
  return messages
}

/** The records of one partition; `bytes` is null or empty where there are none. */
export async function decodeRecords(
  bytes: Buffer | null,
  budget: Budget = { leftBytes: UNPACKED_LIMIT_BYTES },
): Promise<readonly FetchedMessage[]> {
  if (bytes === null || bytes.length <= BATCH.magicAt) {
    return []
  }
  if (bytes.readInt8(BATCH.magicAt) === MAGIC) {
    return decodeBatches(bytes, budget)
  }
  // From before Kafka 0.11.
  const size = Buffer.alloc(4)
  size.writeInt32BE(bytes.length)
  return decodeLegacy(new Decoder(Buffer.concat([size, bytes])))
}

/**
 * Errors of one partition that a look at the leaders mends: LEADER_NOT_AVAILABLE, NOT_LEADER,
 * REPLICA_NOT_AVAILABLE, KAFKA_STORAGE_ERROR, both LEADER_EPOCH and OFFSET_NOT_AVAILABLE. In kafkajs
 * they take away what the answer holds of all others.
 */
const MOVED_CODES: ReadonlySet<number> = new Set([5, 6, 9, 56, 74, 75, 78])

export interface FetchAnswer {
  /** True when a partition was left out because its leader is elsewhere, or not there yet. */
  readonly moved: boolean
}

/** Of the fields' order in version 11, which every broker since 2.3 speaks and kafkajs goes up to. */
async function decodePartition(decoder: Decoder, budget: Budget, moved: number[]) {
  const head = {
    partition: decoder.readInt32(),
    errorCode: decoder.readInt16(),
    highWatermark: decoder.readInt64().toString(),
    lastStableOffset: decoder.readInt64().toString(),
    lastStartOffset: decoder.readInt64().toString(),
    abortedTransactions: decoder.readArray((inner) => ({
      producerId: inner.readInt64().toString(),
      firstOffset: inner.readInt64().toString(),
    })),
    preferredReadReplica: decoder.readInt32(),
  }
  const bytes = decoder.readBytes()
  if (MOVED_CODES.has(head.errorCode)) {
    moved.push(head.partition)
    return []
  }
  if (budget.leftBytes <= 0 && head.errorCode === 0) {
    // Left out as if the broker had had no room for it; kafkajs asks in another order each time.
    return []
  }
  return [{ ...head, messages: await decodeRecords(bytes, budget) }]
}

async function decodeAnswer(raw: Buffer) {
  const decoder = new Decoder(raw)
  const budget = { leftBytes: UNPACKED_LIMIT_BYTES }
  const clientSideThrottleTime = decoder.readInt32()
  const errorCode = decoder.readInt16()
  const sessionId = decoder.readInt32()
  const moved: number[] = []
  const responses = await decoder.readArrayAsync(async () => ({
    topicName: decoder.readString(),
    partitions: (
      await decoder.readArrayAsync(() => decodePartition(decoder, budget, moved))
    ).flat(),
  }))
  // The broker does not hold back a throttled answer, but then expects the client to wait.
  const throttle = { throttleTime: 0, clientSideThrottleTime }
  return { ...throttle, errorCode, sessionId, responses, moved: moved.length > 0 }
}

/** Has kafkajs decode fetch answers this way, process-wide; doing it again changes nothing. */
export function installFetchAnswer(): void {
  answerFormat.decode = decodeAnswer
}
