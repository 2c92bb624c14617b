import { CompressionTypes, Kafka, logLevel, Partitioners } from 'kafkajs'
import { expect, test } from 'vitest'
import { connectLog } from '../../../services/platform/kafka/client.ts'
import type { RecordBatch } from '../../../services/platform/ports.ts'
import { sharedCluster } from '../../cluster.ts'
import { createTopics, eventually, optionsFor, witness } from './support.ts'

const TOPIC = 'call.arrived'
const { None: NONE, GZIP } = CompressionTypes
/** Unpacked; packed it is a few hundred kilobytes, well below what a topic accepts. */
const BOMB_BYTES = 200 * 1024 * 1024

test('a batch that can not be unpacked is passed and told; its neighbours are all read', async () => {
  const { brokers } = sharedCluster()
  const told: object[] = []
  const base = optionsFor(brokers)
  const error = (fields: object) => void told.push(fields)
  const options = { ...base, logger: { ...base.logger, error } }
  const admin = await createTopics(options, [TOPIC], 2)
  const client = await connectLog(options)
  const kafka = new Kafka({ brokers: brokers.split(','), logLevel: logLevel.NOTHING })
  const foreign = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner })
  await foreign.connect()
  const write = (partition: number, value: string | Buffer, compression = NONE) =>
    foreign.send({
      topic: `${options.topicPrefix ?? ''}${TOPIC}`,
      compression,
      messages: [{ partition, value }],
    })
  await write(0, 'before')
  await write(0, Buffer.alloc(BOMB_BYTES), GZIP)
  await write(0, 'behind')
  await write(1, 'beside', GZIP)

  const group = client.group('g', [TOPIC])
  const seen = await witness(group, [TOPIC], () => 0)
  await eventually('all good ones are read', () => seen.values().length === 3)
  expect(seen.values().toSorted()).toEqual(['before', 'behind', 'beside'])
  expect(seen.trouble).toEqual([])
  const skipped = { topic: TOPIC, partition: 0, firstOffset: 1, lastOffset: 1 }
  const own = { code: 'XP_BATCH_UNREADABLE', ...skipped }
  expect(told).toEqual([expect.objectContaining({ ...own, group: expect.any(String) })])
  expect(seen.batches.flatMap((batch) => batch.skipped ?? [])).toHaveLength(1)

  const read: RecordBatch[] = []
  await client.reader.read({ topics: [TOPIC], from: 'start', until: 'end' }, (batch) => {
    read.push(batch)
  })
  expect(read.flatMap(({ records }) => records)).toHaveLength(3)
  expect(read.flatMap((batch) => batch.skipped ?? [])).toMatchObject([
    { firstOffset: 1, lastOffset: 1 },
  ])
  expect(told).toHaveLength(2)
  expect(told[1]).toMatchObject(own)

  await group.stop()
  await foreign.disconnect()
  await client.close()
  await admin.close()
})
