import { Kafka, logLevel, Partitioners } from 'kafkajs'
import { describe, expect, test } from 'vitest'
import { connectLog } from '../../../services/platform/kafka/client.ts'
import type { GroupConsumer, RecordBatch } from '../../../services/platform/ports.ts'
import { sharedCluster } from '../../cluster.ts'
import { createTopics, eventually, optionsFor, witness } from './support.ts'

const TOPIC = 'call.arrived'
const bytes = (text: string): Buffer => Buffer.from(text)

describe('appending', () => {
  test('a record above the limit of its topic fails alone and is named, its neighbours arrive', async () => {
    const options = optionsFor(sharedCluster().brokers)
    const admin = await createTopics(options, [TOPIC], 2, 1, { 'max.message.bytes': '20000' })
    const client = await connectLog(options)
    const producer = await client.producer('test')
    const append = (partition: number, size: number) =>
      producer.append({ topic: TOPIC, partition, key: null, value: Buffer.alloc(size) }).then(
        ({ offset }) => offset,
        (error: { code: string }) => error.code,
      )
    const outcomes = await Promise.all([
      append(0, 10),
      append(0, 30_000),
      append(0, 11),
      append(1, 12),
      append(1, 2_000_000),
    ])
    expect(outcomes).toEqual([0, 'XP_RECORD_TOO_LARGE', 1, 0, 'XP_RECORD_TOO_LARGE'])
    // Many small ones that only together exceed the limit are no one's fault.
    const many = await Promise.all(Array.from({ length: 50 }, () => append(1, 1000)))
    expect(many).toEqual(Array.from({ length: 50 }, (_, index) => index + 1))
    await client.close()
    await admin.close()
  })

  test('a missing topic and a missing partition are refused with their code', async () => {
    const options = optionsFor(sharedCluster().brokers)
    const admin = await createTopics(options, [TOPIC], 1)
    const client = await connectLog(options)
    const producer = await client.producer('test')
    const lost = { key: null, value: bytes('x') }
    const there = producer.append({ ...lost, topic: TOPIC, partition: 0 })
    await expect(producer.append({ ...lost, topic: TOPIC, partition: 7 })).rejects.toMatchObject({
      code: 'XP_TOPIC_MISSING',
    })
    await expect(
      producer.append({ ...lost, topic: 'ops.clock', partition: 0 }),
    ).rejects.toMatchObject({ code: 'XP_TOPIC_MISSING' })
    expect((await there).offset).toBe(0)
    await expect(client.offsets.ends('ops.policy')).rejects.toMatchObject({
      code: 'XP_TOPIC_MISSING',
    })
    await expect(
      client.group('g', ['ops.policy']).start({
        assigned: () => undefined,
        revoking: () => undefined,
        records: () => undefined,
        interrupted: () => undefined,
      }),
    ).rejects.toMatchObject({ code: 'XP_TOPIC_MISSING' })
    await client.close()
    await admin.close()
  })

  test("a topic that keeps the producer's time is refused: the append time is everyone's clock", async () => {
    const options = optionsFor(sharedCluster().brokers)
    const admin = await createTopics(options, [TOPIC], 1, 1, {
      'message.timestamp.type': 'CreateTime',
    })
    const client = await connectLog(options)
    const producer = await client.producer('test')
    await expect(
      producer.append({ topic: TOPIC, partition: 0, key: null, value: bytes('x') }),
    ).rejects.toMatchObject({ code: 'XP_TOPIC_MISMATCH' })
    await client.close()
    await admin.close()
  })
})

describe('positions', () => {
  const setUp = async () => {
    const options = optionsFor(sharedCluster().brokers)
    const admin = await createTopics(options, [TOPIC], 1)
    const client = await connectLog(options)
    const raw = new Kafka({ brokers: [...options.brokers], logLevel: logLevel.NOTHING })
    const write = async (values: readonly string[]) => {
      const producer = await client.producer('test')
      for (const value of values) {
        await producer.append({ topic: TOPIC, partition: 0, key: null, value: bytes(value) })
      }
    }
    const close = async () => {
      await client.close()
      await admin.close()
    }
    return { options, client, raw, write, close, physical: `${options.topicPrefix}${TOPIC}` }
  }

  test('an offset that is no longer kept is told, never skipped in silence; reading goes on', async () => {
    const { client, raw, write, close, physical } = await setUp()
    await write(['0', '1', '2', '3', '4'])
    const admin = raw.admin()
    await admin.connect()
    await admin.fetchTopicMetadata({ topics: [physical] })
    await admin.deleteTopicRecords({ topic: physical, partitions: [{ partition: 0, offset: '3' }] })
    await admin.disconnect()
    const group: GroupConsumer = client.group('g', [TOPIC])
    const seen = await witness(group, [TOPIC], () => 1)
    await eventually('what is left is read', () => seen.values().length === 2)
    expect(seen.values()).toEqual(['3', '4'])
    expect(seen.trouble.map((error) => (error as Error & { code: string }).code)).toEqual([
      'XP_OFFSET_OUT_OF_RANGE',
    ])
    expect(seen.assignments.map(({ gained }) => gained)).toEqual([[0], [0]])
    expect([...(await group.committed(TOPIC))]).toEqual([])
    await close()
  })

  test('an offset beyond the end is told too, and reading goes on at the end', async () => {
    const { client, write, close } = await setUp()
    await write(['0', '1'])
    const seen = await witness(client.group('g', [TOPIC]), [TOPIC], () => 500)
    await eventually('it is told', () => seen.trouble.length === 1 && seen.assignments.length === 2)
    await write(['2'])
    await eventually('the next is read', () => seen.values().length === 1)
    expect(seen.values()).toEqual(['2'])
    await close()
  })

  test('markers of a foreign transactional producer are passed, so that positions reach the end', async () => {
    const { client, raw, close, physical } = await setUp()
    const producer = raw.producer({
      transactionalId: `${physical}-tx`,
      maxInFlightRequests: 1,
      createPartitioner: Partitioners.DefaultPartitioner,
    })
    await producer.connect()
    for (const [value, commits] of [
      ['kept', true],
      ['dropped', false],
    ] as const) {
      const transaction = await producer.transaction()
      await transaction.send({ topic: physical, messages: [{ value, partition: 0 }] })
      await (commits ? transaction.commit() : transaction.abort())
    }
    await producer.disconnect()
    const seen = await witness(client.group('g', [TOPIC]), [TOPIC], () => 0)
    // A transaction's marker is written after its producer was told that it ended.
    let end: number | undefined
    await eventually('both markers are written', async () => {
      end = (await client.offsets.ends(TOPIC))[0]
      return end === 4
    })
    await eventually('the position is at the end', () => seen.batches.at(-1)?.nextOffset === end)
    expect(seen.values()).toEqual(['kept'])
    const read: RecordBatch[] = []
    await client.reader.read({ topics: [TOPIC], from: 'start', until: 'end' }, (batch) => {
      read.push(batch)
    })
    expect(read.flatMap(({ records }) => records)).toHaveLength(1)
    expect(read.at(-1)?.nextOffset).toBe(end)
    await close()
  })

  test('a handler that throws gets everything given anew instead of ending the consumer', async () => {
    const { client, write, close } = await setUp()
    await write(['0', '1'])
    const group = client.group('g', [TOPIC])
    const trouble: Error[] = []
    const read: string[] = []
    let throwing = true
    await group.start({
      assigned({ gained }) {
        for (const partition of gained) group.seek(TOPIC, partition, 0)
        group.resume(TOPIC, gained)
      },
      revoking: () => undefined,
      records({ records }) {
        if (throwing) {
          throwing = false
          throw new TypeError('a mistake')
        }
        read.push(...records.map(({ value }) => Buffer.from(value ?? []).toString()))
      },
      interrupted: (error) => void trouble.push(error),
    })
    await eventually('it reads after the mistake', () => read.length === 2)
    expect(read).toEqual(['0', '1'])
    expect(trouble).toHaveLength(1)
    await close()
  })
})
