import type { Broker } from 'kafkajs'
import { expect, test } from 'vitest'
import { callBroker } from '../../../../services/platform/kafka/call.ts'

interface Sent {
  readonly request: { encode(): Promise<{ buffer: Buffer }> }
  readonly response: { decode(raw: Buffer): Promise<unknown>; parse(data: unknown): unknown }
  readonly requestTimeout: number | null
}

/** Answers with what it was sent, or fails. */
function brokerOf(versions: object, failure?: Error) {
  const closed = { times: 0 }
  const broker = {
    versions,
    connectionPool: {
      async send({ request, response, requestTimeout }: Sent) {
        if (failure !== undefined) throw failure
        const { buffer } = await request.encode()
        const echoed = Buffer.from(`${buffer.toString()} ${requestTimeout}`)
        return response.parse(await response.decode(echoed))
      },
    },
    disconnect: () => {
      closed.times += 1
      return Promise.resolve()
    },
  }
  return { broker: broker as unknown as Broker, closed }
}

const CALL = {
  apiKey: 1,
  apiVersion: 11,
  apiName: 'Fetch',
  bytes: Buffer.from('hello'),
  decode: (raw: Buffer) => raw.toString(),
}

test('a call sends its bytes and reads the answer', async () => {
  const { broker } = brokerOf({ 1: { minVersion: 4, maxVersion: 17 } })
  expect(await callBroker(broker, CALL)).toBe('hello null')
  expect(await callBroker(broker, { ...CALL, timeoutMs: 40 })).toBe('hello 40')
})

test('brokers too old for a request are named, not asked', async () => {
  const { broker } = brokerOf({ 1: { minVersion: 0, maxVersion: 10 } })
  await expect(callBroker(broker, CALL)).rejects.toMatchObject({
    code: 'XP_BROKER_FAILED',
    message: 'brokers speak Fetch 0 to 10, not 11',
  })
})

test('a connection that closed is closed for all', async () => {
  const failure = Object.assign(new Error('closed'), { name: 'KafkaJSConnectionClosedError' })
  const { broker, closed } = brokerOf({}, failure)
  await expect(callBroker(broker, CALL)).rejects.toBe(failure)
  expect(closed.times).toBe(1)
})
