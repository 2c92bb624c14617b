/** What a member does each time kafkajs has it fetch, over a fetcher that is none. */
import type { Cluster } from 'kafkajs'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { naming } from '../../../../services/platform/kafka/connection.ts'
import { UNPACKED_LIMIT_BYTES } from '../../../../services/platform/kafka/codecs.ts'
import type { PartitionAnswer, Wanted } from '../../../../services/platform/kafka/fetch/format.ts'
import { createFetchRounds } from '../../../../services/platform/kafka/fetch/rounds.ts'
import { createMemberFetch } from '../../../../services/platform/kafka/member-fetch.ts'
import { Pen } from '../../../../services/platform/kafka/pen.ts'
import { createPolls } from '../../../../services/platform/kafka/polls.ts'
import { emptyBatch } from './fetch/batches.ts'

const broker = vi.hoisted(() => ({
  asked: [] as [nodeId: string, wanted: unknown][],
  forgotten: [] as string[],
  answer: (): Promise<unknown> => Promise.resolve([]),
}))

vi.mock('../../../../services/platform/kafka/fetch/fetcher.ts', async (original) => ({
  ...(await original<object>()),
  createFetcher: () => ({
    fetch: (nodeId: string, wanted: unknown) => {
      broker.asked.push([nodeId, wanted])
      return broker.answer()
    },
    forget: (nodeId: string) => void broker.forgotten.push(nodeId),
  }),
}))

const TOPIC = 'dev.call.lookup'
/** One record of so many bytes, at offset 10. */
function plainBatch(valueBytes: number): Buffer {
  const varint = (value: number): Buffer => {
    const pen = new Pen(5)
    pen.varint(value)
    return pen.bytes.subarray(0, pen.at)
  }
  const head = Buffer.concat([Buffer.from([0, 0, 0, 1]), varint(valueBytes)])
  const records = Buffer.concat([
    varint(head.length + valueBytes + 1),
    head,
    Buffer.alloc(valueBytes + 1),
  ])
  const batch = emptyBatch(10, 12)
  batch.writeInt32BE(61 - 12 + records.length, 8)
  batch.writeInt32BE(1, 57)
  return Buffer.concat([batch, records])
}

const answerOf = (partition: number, other: Partial<PartitionAnswer> = {}): PartitionAnswer => ({
  topic: TOPIC,
  partition,
  errorCode: 0,
  end: 12,
  aborted: [],
  bytes: emptyBatch(10, 12),
  ...other,
})

function createRounds() {
  const hurried: string[] = []
  const pace = {
    waitMs: () => 0,
    began: () => undefined,
    hurry: (nodeId: string) => void hurried.push(nodeId),
  }
  return {
    hurried,
    rounds: createFetchRounds({ prompt: pace, patient: pace }, naming('dev.')).prompt,
  }
}

function member(wanted: Wanted, { hurried, rounds } = createRounds()) {
  const told: string[] = []
  const learnt = { times: 0 }
  const cluster = {
    findTopicPartitionMetadata: () => [
      { partitionId: 0, leader: 1 },
      { partitionId: 1, leader: 2 },
      { partitionId: 2, leader: 1 },
      { partitionId: 3, leader: 1 },
    ],
    refreshMetadata: () => {
      learnt.times += 1
      return Promise.resolve()
    },
  } as unknown as Cluster
  const polls = createPolls()
  const fetch = createMemberFetch(
    cluster,
    { rounds, polls },
    {
      positions: () => wanted,
      read: ({ topic, partition, nextOffset }, from) =>
        void told.push(`${topic} ${partition}: ${from} to ${nextOffset}`),
      outOfRange: (topic, partition, from) =>
        void told.push(`${topic} ${partition} is out of range: ${from}`),
    },
  )
  return { fetch, told, hurried, polls, learnt }
}

const at = (offsets: Readonly<Record<number, number>>): Wanted =>
  new Map([[TOPIC, new Map(Object.entries(offsets).map(([key, offset]) => [Number(key), offset]))]])

const ALL: Wanted = new Map([
  [
    TOPIC,
    new Map([
      [0, 10],
      [1, 10],
      [2, 10],
    ]),
  ],
])

describe('a round of a member with a broker', () => {
  beforeEach(() => {
    broker.asked = []
    broker.forgotten = []
  })

  test('asks for what that broker leads, and hands on what came', async () => {
    const { fetch, told, hurried } = member(ALL)
    broker.answer = () => Promise.resolve([answerOf(0), answerOf(2, { bytes: null })])
    await fetch('1')
    expect(broker.asked).toEqual([
      [
        '1',
        new Map([
          [
            TOPIC,
            new Map([
              [0, 10],
              [2, 10],
            ]),
          ],
        ]),
      ],
    ])
    expect(told).toEqual(['call.lookup 0: 10 to 12'])
    expect(hurried).toEqual([])
  })

  test('asks again at once where an answer had no room for all', async () => {
    const { fetch, hurried } = member(ALL)
    broker.answer = () => Promise.resolve([answerOf(0, { end: 99 })])
    await fetch('1')
    expect(hurried).toEqual(['1'])
  })

  test('asks nothing of a broker that leads nothing of what is wanted', async () => {
    const { fetch } = member(new Map([[TOPIC, new Map([[1, 10]])]]))
    await fetch('1')
    expect(broker.asked).toEqual([])
  })

  test('tells an offset that is gone, and learns where a partition has moved; the others are read', async () => {
    const { fetch, told, learnt } = member(at({ 0: 10, 2: 10, 3: 10 }))
    broker.answer = () =>
      Promise.resolve([answerOf(0, { errorCode: 1 }), answerOf(3, { errorCode: 6 }), answerOf(2)])
    await fetch('1')
    expect(told.toSorted()).toEqual(['call.lookup 2: 10 to 12', `${TOPIC} 0 is out of range: 10`])
    expect(learnt.times).toBe(1)
  })

  test('fails with any other error of a partition, once the others are read', async () => {
    const { fetch, told } = member(ALL)
    broker.answer = () => Promise.resolve([answerOf(0, { errorCode: 29 }), answerOf(2)])
    await expect(fetch('1')).rejects.toMatchObject({ type: 'TOPIC_AUTHORIZATION_FAILED' })
    expect(told).toEqual(['call.lookup 2: 10 to 12'])
  })

  test('that is ended reads nothing, and the next one begins a session', async () => {
    const { fetch, told, polls } = member(ALL)
    broker.answer = () => new Promise(() => undefined)
    const round = fetch('1')
    await vi.waitUntil(() => broker.asked.length > 0)
    polls.end()
    await round
    expect(told).toEqual([])
    expect(broker.forgotten).toEqual(['1'])
    broker.asked = []
    await fetch('1')
    expect(broker.asked).toEqual([])
  })

  test('takes what had no room before others the next time', async () => {
    const { fetch, told, hurried } = member(ALL)
    // Unpacks to what a whole answer may.
    const large = answerOf(0, { bytes: plainBatch(UNPACKED_LIMIT_BYTES) })
    broker.answer = () => Promise.resolve([large, { ...large, partition: 2 }])
    await fetch('1')
    await fetch('1')
    expect(told.map((one) => one.slice(0, 'call.lookup 0'.length)).toSorted()).toEqual([
      'call.lookup 0',
      'call.lookup 2',
    ])
    expect(hurried.length).toBeGreaterThan(0)
  })
})

describe('members of a client that are about to ask the same broker', () => {
  beforeEach(() => {
    broker.asked = []
    broker.forgotten = []
  })

  test('nobody waits for one that has to rejoin, nor it for the others', async () => {
    const shared = createRounds()
    const leaving = member(ALL, shared)
    const staying = member(ALL, shared)
    broker.answer = () => new Promise(() => undefined)
    const rounds = [leaving.fetch('1'), staying.fetch('1')]
    await vi.waitUntil(() => broker.asked.length > 0)
    leaving.polls.end()
    await Promise.all(rounds)
    expect([...leaving.told, ...staying.told]).toEqual([])
    expect(broker.forgotten).toEqual(['1'])
  })

  test('one that has to rejoin does not end what another asked', async () => {
    const shared = createRounds()
    const staying = member(ALL, shared)
    const leaving = member(ALL, shared)
    const answered = Promise.withResolvers<unknown>()
    broker.answer = () => answered.promise
    const stays = staying.fetch('1')
    const leaves = leaving.fetch('1')
    await vi.waitUntil(() => broker.asked.length > 0)
    leaving.polls.end()
    await leaves
    answered.resolve([answerOf(0)])
    await stays
    expect(staying.told).toEqual(['call.lookup 0: 10 to 12'])
    expect(broker.forgotten).toEqual([])
  })

  test('one that has to rejoin before the request has begun takes no part in it', async () => {
    const shared = createRounds()
    const leaving = member(ALL, shared)
    const staying = member(ALL, shared)
    broker.answer = () => Promise.resolve([answerOf(0)])
    const leaves = leaving.fetch('1')
    const stays = staying.fetch('1')
    leaving.polls.end()
    await Promise.all([leaves, stays])
    expect(leaving.told).toEqual([])
    expect(staying.told).toEqual(['call.lookup 0: 10 to 12'])
  })

  test('where the request of one fails, the others learn anew who leads', async () => {
    const shared = createRounds()
    const one = member(ALL, shared)
    const other = member(ALL, shared)
    broker.answer = () => Promise.reject(new Error('connection closed'))
    const ends = await Promise.allSettled([one.fetch('1'), other.fetch('1')])
    expect(ends.map(({ status }) => status)).toEqual(['rejected', 'fulfilled'])
    expect([one.learnt.times, other.learnt.times]).toEqual([0, 1])
  })
})
