import fc from 'fast-check'
import requestOfKafkaJs from 'kafkajs/src/protocol/requests/produce/v7/request.js'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { toMessage } from '../../../../services/platform/kafka/outgoing.ts'
import { encodeProduce } from '../../../../services/platform/kafka/produce-format.ts'

const NOW_MS = 1_790_000_000_123

beforeEach(() => void vi.useFakeTimers({ now: NOW_MS }))
afterEach(() => void vi.useRealTimers())

const bytes = fc.uint8Array({ maxLength: 300 }).map((one) => Buffer.from(one))
const record = fc.record({
  key: fc.option(fc.oneof(fc.string({ unit: 'grapheme', maxLength: 90 }), bytes)),
  value: fc.option(bytes),
  headers: fc.dictionary(
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }),
    fc.oneof(fc.string({ unit: 'grapheme' }), bytes, fc.array(bytes, { maxLength: 3 })),
    { maxKeys: 6 },
  ),
})
const part = fc.record({
  partition: fc.nat({ max: 1000 }),
  records: fc.array(record, { minLength: 1, maxLength: 70 }),
})
const topics = fc.array(
  fc.record({
    topic: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }),
    parts: fc.array(part, { minLength: 1, maxLength: 3 }),
  }),
  { minLength: 1, maxLength: 3 },
)

test('a produce request is written as kafkajs writes it, byte by byte', async () => {
  await fc.assert(
    fc.asyncProperty(topics, async (given) => {
      const theirs = await requestOfKafkaJs({
        acks: -1,
        timeout: 3000,
        topicData: given.map(({ topic, parts }) => ({
          topic,
          partitions: parts.map(({ partition, records }) => ({ partition, messages: records })),
        })),
      }).encode()
      const ours = encodeProduce(
        {
          acks: -1,
          timeoutMs: 3000,
          topics: given.map(({ topic, parts }) => ({
            topic,
            parts: parts.map(({ partition, records }) => ({
              partition,
              messages: records.map((one) =>
                toMessage({ topic: 'call.routed', partition, ...one }),
              ),
            })),
          })),
        },
        NOW_MS,
      )
      expect(ours.equals(theirs.buffer)).toBe(true)
    }),
  )
})
