/** Sessions with a broker, over calls that are none. */
import type { Cluster } from 'kafkajs'
import { beforeEach, expect, test, vi } from 'vitest'
import { createFetcher } from '../../../../../services/platform/kafka/fetch/fetcher.ts'
import type { FetchAnswer, Wanted } from '../../../../../services/platform/kafka/fetch/format.ts'
import { Cursor } from '../../../../../services/platform/kafka/cursor.ts'

type Answering = () => Promise<Partial<FetchAnswer>>

const broker = vi.hoisted(() => ({
  /** Session and epoch of each request. */
  asked: [] as string[],
  answer: (() => Promise.resolve({})) as Answering,
}))

vi.mock('../../../../../services/platform/kafka/call.ts', () => ({
  async callBroker(_: unknown, { bytes }: { readonly bytes: Buffer }) {
    // Behind replica, wait, both sizes and the isolation level.
    const cursor = new Cursor(bytes, 17)
    broker.asked.push(`${cursor.int32()}/${cursor.int32()}`)
    return { errorCode: 0, sessionId: 9, partitions: [], ...(await broker.answer()) }
  },
}))

const cluster = { findBroker: () => Promise.resolve({}) } as unknown as Cluster
const WANTED: Wanted = new Map([['call.routed', new Map([[0, 5]])]])
const LIMITS = { maxWaitMs: 1, maxBytes: 1, partitionBytes: 1 }
const SESSION_OVER = 70
const AUTHORIZATION_FAILED = 29

const open = () => {
  const fetcher = createFetcher(cluster)
  return { ...fetcher, ask: () => fetcher.fetch('1', WANTED, LIMITS) }
}

beforeEach(() => {
  broker.asked = []
  broker.answer = () => Promise.resolve({})
})

test('a broker is asked in one session, each in its own', async () => {
  const fetcher = open()
  await fetcher.ask()
  await fetcher.ask()
  await fetcher.fetch('2', WANTED, LIMITS)
  expect(broker.asked).toEqual(['0/0', '9/1', '0/0'])
})

test('what the broker has forgotten is begun anew, without an error', async () => {
  const fetcher = open()
  await fetcher.ask()
  broker.answer = () => Promise.resolve({ errorCode: SESSION_OVER })
  expect(await fetcher.ask()).toEqual([])
  broker.answer = () => Promise.resolve({})
  await fetcher.ask()
  expect(broker.asked).toEqual(['0/0', '9/1', '0/0'])
})

test('after an error, of the connection or of the broker, a session begins anew', async () => {
  const fetcher = open()
  broker.answer = () => Promise.reject(new Error('closed'))
  await expect(fetcher.ask()).rejects.toThrow('closed')
  broker.answer = () => Promise.resolve({ errorCode: AUTHORIZATION_FAILED })
  await expect(fetcher.ask()).rejects.toMatchObject({ type: 'TOPIC_AUTHORIZATION_FAILED' })
  broker.answer = () => Promise.resolve({})
  await fetcher.ask()
  await fetcher.ask()
  expect(broker.asked).toEqual(['0/0', '0/0', '0/0', '9/1'])
})

test('a request that nobody waits for any more harms no session that came after it', async () => {
  const fetcher = open()
  const first = Promise.withResolvers<Partial<FetchAnswer>>()
  broker.answer = () => first.promise
  const given = fetcher.ask().catch((error: unknown) => error)
  await vi.waitFor(() => expect(broker.asked).toHaveLength(1))
  fetcher.forget('1')
  broker.answer = () => Promise.resolve({})
  await fetcher.ask()
  first.reject(new Error('late'))
  await given
  await fetcher.ask()
  expect(broker.asked).toEqual(['0/0', '0/0', '9/1'])
})
