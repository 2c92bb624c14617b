/** kafkajs' connections as `connection-life.ts` has them live, against a server that answers as told. */
import { once } from 'node:events'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import kafkajs, { type Cluster } from 'kafkajs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createKafka, openCluster } from '../../../../services/platform/kafka/connection.ts'
import { createClock } from '../../../../services/platform/clock.ts'

let server: Server
let sockets: Socket[]
let answer: (socket: Socket, request: Buffer) => void
const clusters: Cluster[] = []

beforeEach(async () => {
  sockets = []
  server = createServer((socket) => {
    sockets.push(socket)
    socket.on('error', () => undefined)
    socket.on('data', (request) => answer(socket, request))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
})
afterEach(async () => {
  await Promise.all(clusters.splice(0).map((cluster) => cluster.disconnect()))
  for (const socket of sockets) socket.destroy()
  server.close()
})

function clusterOf(requestTimeoutMs: number): Cluster {
  const ignore = (): void => undefined
  const { port } = server.address() as AddressInfo
  const options = {
    brokers: [`127.0.0.1:${port}`],
    clientId: 'test',
    clock: createClock(),
    logger: { debug: ignore, info: ignore, warn: ignore, error: ignore },
    requestTimeoutMs,
    connectTimeoutMs: 500,
  }
  const cluster = openCluster(createKafka(options, 'test', { retries: 0 }))
  clusters.push(cluster)
  return cluster
}

/** An answer to ApiVersions that offers nothing but Metadata up to version 1. */
function versions(request: Buffer): Buffer {
  const body = Buffer.alloc(4 + 4 + 2 + 4 + 6)
  body.writeInt32BE(body.length - 4, 0)
  body.writeInt32BE(request.readInt32BE(8), 4)
  body.writeInt32BE(1, 10)
  body.writeInt16BE(3, 14)
  body.writeInt16BE(1, 18)
  return body
}

test('many who connect at a time share one socket', async () => {
  answer = (socket, request) => void socket.write(versions(request))
  const cluster = clusterOf(2000)
  await Promise.all(Array.from({ length: 10 }, () => cluster.connect().catch(() => undefined)))
  expect(sockets).toHaveLength(1)
})

test('a request without an answer ends its connection, and nothing of it is read later', async () => {
  let asked = 0
  answer = (socket, request) => {
    asked += 1
    // The first answer breaks off in its middle.
    if (asked === 1) socket.write(versions(request).subarray(0, 9))
    else socket.write(versions(request))
  }
  const cluster = clusterOf(400)
  await expect(cluster.connect()).rejects.toBeInstanceOf(kafkajs.KafkaJSError)
  await cluster.connect()
  expect(cluster.isConnected()).toBe(true)
  expect(sockets).toHaveLength(2)
})
