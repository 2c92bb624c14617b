import fc from 'fast-check'
import type { KafkaMessage } from 'kafkajs'
import Decoder from 'kafkajs/src/protocol/decoder.js'
import encodeRecord from 'kafkajs/src/protocol/recordBatch/record/v0/index.js'
import decodeAsKafkaJs from 'kafkajs/src/protocol/recordBatch/v0/decoder.js'
import batches from 'kafkajs/src/protocol/recordBatch/v0/index.js'
import { describe, expect, test } from 'vitest'
import type { LogRecord } from '../../../../../services/platform/ports.ts'
import {
  recordBytesOf,
  recordsOf,
} from '../../../../../services/platform/kafka/fetch/record-batch.ts'

const FIRST_OFFSET = 4_294_967_290
const FIRST_TIMESTAMP = 1_790_000_000_000
const APPEND_TIME = 0x8
const TRANSACTIONAL = 0x10
const CONTROL = 0x20

const bytes = fc.uint8Array({ maxLength: 200 }).map((one) => Buffer.from(one))
const record = fc.record({
  key: fc.option(bytes),
  value: fc.option(bytes),
  headers: fc.dictionary(
    fc.string({ maxLength: 20 }).filter((name) => !(name in {})),
    fc.oneof(bytes, fc.array(bytes, { minLength: 2, maxLength: 3 })),
    { maxKeys: 6 },
  ),
  timestampDelta: fc.integer({ min: -(2 ** 40), max: 2 ** 40 }),
})

/** A batch as kafkajs writes it, stored by a broker with its first offset. */
async function batchOf(records: readonly object[], attributes: number): Promise<Buffer> {
  const { buffer } = await batches.RecordBatch({
    records: records.map((one, offsetDelta) => encodeRecord({ ...one, offsetDelta })),
    firstTimestamp: FIRST_TIMESTAMP,
    maxTimestamp: FIRST_TIMESTAMP + 7,
    lastOffsetDelta: records.length - 1,
  })
  const stored = Buffer.from(buffer)
  stored.writeBigInt64BE(BigInt(FIRST_OFFSET), 0)
  stored.writeInt16BE(attributes, 21)
  return stored
}

const place = { topic: 'call.routed', partition: 7 } as const

const decode = async (batch: Buffer): Promise<readonly LogRecord[]> =>
  recordsOf(batch, await recordBytesOf(batch), place)

const shown = (records: readonly LogRecord[]) =>
  records.map(({ topic, partition, offset, appendedAt, key, value, headers }) => {
    return { topic, partition, offset, appendedAt, key, value, headers: { ...headers } }
  })

const ofTheirs = (messages: readonly KafkaMessage[]) =>
  messages.map(({ offset, timestamp, key, value, headers }) => ({
    ...place,
    offset: Number(offset),
    appendedAt: Number(timestamp),
    key,
    value,
    headers: { ...headers },
  }))

describe('a batch of records', () => {
  test('is read as kafkajs reads it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(record, { minLength: 1, maxLength: 20 }),
        fc.constantFrom(0, APPEND_TIME, TRANSACTIONAL, CONTROL, APPEND_TIME | TRANSACTIONAL),
        async (records, attributes) => {
          const batch = await batchOf(records, attributes)
          const theirs = await decodeAsKafkaJs(new Decoder(batch))
          expect(shown(await decode(batch))).toEqual(ofTheirs(theirs.records))
        },
      ),
    )
  })

  test('cut anywhere, or with any byte of its records changed, is read or refused with its code', async () => {
    const batch = await batchOf(
      [{ key: Buffer.from('a call'), value: Buffer.alloc(90), headers: { one: Buffer.from('1') } }],
      0,
    )
    const refusal = { code: 'XP_BATCH_UNREADABLE' }
    for (let end = 61; end < batch.length; end += 1) {
      await expect(decode(batch.subarray(0, end))).rejects.toMatchObject(refusal)
    }
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 61, max: batch.length - 1 }),
        fc.integer({ min: 0, max: 255 }),
        async (at, byte) => {
          const changed = Buffer.from(batch)
          changed[at] = byte
          const read = decode(changed)
          const refused = await read.then(
            () => null,
            (error: unknown) => error,
          )
          // What is not refused can be looked at: headers are made later, where nobody waits for errors.
          if (refused === null) expect(shown(await read)).toHaveLength(1)
          else expect(refused).toMatchObject(refusal)
        },
      ),
    )
  })
})
