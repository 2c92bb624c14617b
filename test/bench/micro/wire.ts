/** Records on their way to and from brokers, as this program reads and writes them and as kafkajs does. */
import Decoder from 'kafkajs/src/protocol/decoder.js'
import decodeOfKafkaJs from 'kafkajs/src/protocol/recordBatch/v0/decoder.js'
import requestOfKafkaJs from 'kafkajs/src/protocol/requests/produce/v7/request.js'
import { HEADER } from '../../../services/domain/request.ts'
import { BATCH } from '../../../services/platform/kafka/batch-layout.ts'
import { toMessage } from '../../../services/platform/kafka/outgoing.ts'
import { encodeProduce } from '../../../services/platform/kafka/produce-format.ts'
import { recordsOf } from '../../../services/platform/kafka/fetch/record-batch.ts'
import type { OutRecord } from '../../../services/platform/ports.ts'
import type { Piece } from './measure.ts'

/** In a batch of one partition, as under load. */
const RECORDS = 20
/** Of a lookup. */
const VALUE_BYTES = 240
/** Of a produce request with one partition: from its begin to the batch. */
const batchAt = (topic: string): number => 2 + 2 + 4 + 4 + (2 + topic.length) + 4 + 4 + 4

const TOPIC = 'call.lookup'
const NOW_MS = 1_700_000_000_000

function recordOf(index: number): OutRecord {
  const callId = `1700000000-call-${index}`
  const headers = { [HEADER.callId]: callId, [HEADER.requestNo]: '1', [HEADER.dependency]: 'crm' }
  return { topic: TOPIC, partition: 0, key: callId, value: Buffer.alloc(VALUE_BYTES, 7), headers }
}

const inBatches =
  (work: () => unknown) =>
  async (count: number): Promise<void> => {
    for (let done = 0; done < count; done += RECORDS) await work()
  }

export function wirePieces(): readonly Piece[] {
  const records = Array.from({ length: RECORDS }, (_, index) => recordOf(index))
  const request = () =>
    encodeProduce(
      {
        acks: -1,
        timeoutMs: 3000,
        topics: [{ topic: TOPIC, parts: [{ partition: 0, messages: records.map(toMessage) }] }],
      },
      NOW_MS,
    )
  const theirs = () => {
    const messages = records.map(({ key, value, headers = {} }) => ({
      key,
      value,
      headers: Object.fromEntries(
        Object.entries(headers).map(([name, held]) => [name, Buffer.from(String(held))]),
      ),
    }))
    const topicData = [{ topic: TOPIC, partitions: [{ partition: 0, messages }] }]
    return requestOfKafkaJs({ acks: -1, timeout: 3000, topicData }).encode()
  }
  const batch = request().subarray(batchAt(TOPIC))
  const piece = (name: string, work: () => unknown): Piece => ({
    name,
    per: `record, ${RECORDS} in a batch`,
    batch: 50 * RECORDS,
    work: inBatches(work),
  })
  return [
    piece('read a batch', () =>
      recordsOf(batch, batch.subarray(BATCH.recordsAt), { topic: TOPIC, partition: 0 }),
    ),
    piece('read by kafkajs', () => decodeOfKafkaJs(new Decoder(batch))),
    piece('write a request', request),
    piece('write by kafkajs', theirs),
  ]
}
