import fc from 'fast-check'
import requestOfKafkaJs from 'kafkajs/src/protocol/requests/fetch/v11/request.js'
import { describe, expect, test } from 'vitest'
import {
  decodeFetch,
  encodeFetch,
  type Wanted,
} from '../../../../../services/platform/kafka/fetch/format.ts'
import { Pen } from '../../../../../services/platform/kafka/pen.ts'

const int32 = fc.nat({ max: 2 ** 31 - 1 })
const int64 = fc.nat({ max: 2 ** 52 })
const topic = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 })

const wantedArbitrary: fc.Arbitrary<Wanted> = fc
  .dictionary(
    topic.filter((name) => !(name in {})),
    fc.uniqueArray(fc.tuple(fc.nat(20), int64), { maxLength: 5, selector: ([one]) => one }),
  )
  .map(
    (topics) => new Map(Object.entries(topics).map(([name, offsets]) => [name, new Map(offsets)])),
  )

test('a fetch request is written as kafkajs writes it, byte by byte', async () => {
  const given = fc.record({
    maxWaitMs: int32,
    maxBytes: int32,
    partitionBytes: int32,
    session: fc.record({ id: int32, epoch: fc.integer({ min: -1, max: 2 ** 31 - 1 }) }),
    wanted: wantedArbitrary,
    forgotten: fc.uniqueArray(fc.tuple(topic, fc.array(fc.nat(20))), { selector: ([one]) => one }),
  })
  await fc.assert(
    fc.asyncProperty(given, async (one) => {
      const { maxWaitMs, maxBytes, partitionBytes, session, wanted, forgotten } = one
      const theirs = await requestOfKafkaJs({
        replicaId: -1,
        maxWaitTime: maxWaitMs,
        minBytes: 1,
        maxBytes,
        isolationLevel: 1,
        sessionId: session.id,
        sessionEpoch: session.epoch,
        topics: [...wanted].map(([name, offsets]) => ({
          topic: name,
          partitions: [...offsets].map(([partition, offset]) => ({
            partition,
            fetchOffset: String(offset),
            maxBytes: partitionBytes,
          })),
        })),
        forgottenTopics: forgotten.map(([name, partitions]) => ({ topic: name, partitions })),
        rackId: '',
      }).encode()
      expect(encodeFetch({ ...one, forgotten: new Map(forgotten) })).toEqual(theirs.buffer)
    }),
  )
})

const partitionArbitrary = fc.record({
  topic,
  partition: fc.nat(20),
  errorCode: fc.integer({ min: -1, max: 100 }),
  end: int64,
  aborted: fc.array(fc.record({ producerId: int64, firstOffset: int64 }), { maxLength: 3 }),
  bytes: fc.option(fc.uint8Array({ maxLength: 50 }).map((one) => Buffer.from(one))),
})
type Partition = typeof partitionArbitrary extends fc.Arbitrary<infer T> ? T : never

/** As a broker writes it, in the order of the protocol's fields. */
function written(head: readonly number[], partitions: readonly Partition[]): Buffer {
  const [throttleMs = 0, errorCode = 0, sessionId = 0] = head
  const pen = new Pen(10_000)
  pen.int32(throttleMs)
  pen.int16(errorCode)
  pen.int32(sessionId)
  pen.int32(partitions.length)
  for (const one of partitions) {
    pen.text(one.topic)
    pen.int32(1)
    pen.int32(one.partition)
    pen.int16(one.errorCode)
    pen.int64(one.end + 7)
    pen.int64(one.end)
    pen.int64(0)
    pen.int32(one.aborted.length)
    for (const { producerId, firstOffset } of one.aborted) {
      pen.int64(producerId)
      pen.int64(firstOffset)
    }
    pen.int32(-1)
    pen.int32(one.bytes === null ? -1 : one.bytes.length)
    for (const byte of one.bytes ?? []) pen.int8(byte > 127 ? byte - 256 : byte)
  }
  return Buffer.from(pen.bytes.subarray(0, pen.at))
}

describe('an answer to a fetch request', () => {
  test('is read as a broker writes it', () => {
    fc.assert(
      fc.property(
        fc.tuple(int32, fc.constantFrom(0, 70, 71), int32),
        fc.array(partitionArbitrary, { maxLength: 4 }),
        (head, partitions) => {
          const [clientSideThrottleTime, errorCode, sessionId] = head
          const expected = { clientSideThrottleTime, errorCode, sessionId, partitions }
          expect(decodeFetch(written(head, partitions))).toEqual(expected)
        },
      ),
    )
  })

  test('cut anywhere is refused with its code', () => {
    const [one] = fc.sample(partitionArbitrary, 1)
    if (one === undefined) throw new Error('no sample')
    const whole = written([0, 0, 0], [{ ...one, bytes: Buffer.from('records') }])
    for (let end = 0; end < whole.length; end += 1) {
      expect(() => decodeFetch(whole.subarray(0, end))).toThrow(
        expect.objectContaining({ code: 'XP_BATCH_UNREADABLE' }),
      )
    }
  })
})
