import type { Broker } from 'kafkajs'
import type { PushedRequest } from 'kafkajs/src/network/requestQueue/index.js'
import Encoder from 'kafkajs/src/protocol/encoder.js'
import createRequest from 'kafkajs/src/protocol/request.js'
import { expect, test } from 'vitest'
import { callBroker } from '../../../../services/platform/kafka/call.ts'

/** Answers with what it was sent, or fails. */
function brokerOf(versions: object, failure?: Error, isAuthenticated = false) {
  const closed = { times: 0 }
  const told: string[] = []
  const written: Buffer[] = []
  const socket = {
    cork: () => void told.push('corked'),
    write: (bytes: Buffer) => void written.push(bytes),
    uncork: () => void told.push('sent'),
  }
  const connection = {
    clientId: 'tést',
    host: 'broker',
    port: 9092,
    isAuthenticated: () => isAuthenticated,
    authenticate: () => Promise.resolve(void told.push('authenticated')),
    failIfNotConnected: () => void told.push('connected'),
    nextCorrelationId: () => 258,
    socket: socket as typeof socket | undefined,
    requestQueue: {
      maybeThrottle: (ms: number) => void told.push(`throttled for ${ms} ms`),
      push(request: PushedRequest) {
        const { entry, requestTimeout } = request
        request.sendRequest()
        told.push(`${entry.apiName} ${entry.correlationId} within ${requestTimeout}`)
        if (failure === undefined) entry.resolve({ payload: Buffer.concat(written) })
        else entry.reject(failure)
      },
    },
  }
  const broker = {
    versions,
    connectionPool: { getConnectionByRequest: () => Promise.resolve(connection) },
    disconnect: () => {
      closed.times += 1
      return Promise.resolve()
    },
  }
  return { broker: broker as unknown as Broker, closed, told, connection }
}

const CALL = {
  apiKey: 1,
  apiVersion: 11,
  apiName: 'Fetch',
  bytes: Buffer.from('hello'),
  decode: (raw: Buffer) => ({ raw, clientSideThrottleTime: 7 }),
}

test('a call sends what kafkajs would, and reads the answer', async () => {
  const { broker, told } = brokerOf({ 1: { minVersion: 4, maxVersion: 17 } })
  const { raw } = await callBroker(broker, { ...CALL, timeoutMs: 40 })
  const encode = () => Promise.resolve(new Encoder().writeBuffer(CALL.bytes))
  const request = { apiKey: 1, apiVersion: 11, encode }
  const theirs = await createRequest({ correlationId: 258, clientId: 'tést', request })
  expect(raw).toEqual(theirs.buffer)
  expect(told).toEqual([
    'authenticated',
    'connected',
    'corked',
    'sent',
    'Fetch 258 within 40',
    'throttled for 7 ms',
  ])
})

test('whoever is known already is not asked again who they are', async () => {
  const { broker, told } = brokerOf({}, undefined, true)
  await callBroker(broker, CALL)
  expect(told).not.toContain('authenticated')
})

test('a request whose socket is gone when its turn comes is rejected', async () => {
  const { broker, closed, connection } = brokerOf({})
  connection.socket = undefined
  await expect(callBroker(broker, CALL)).rejects.toMatchObject({
    name: 'KafkaJSConnectionClosedError',
  })
  expect(closed.times).toBe(1)
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
