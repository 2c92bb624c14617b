/**
 * A request of our own over a connection of kafkajs, which asks and reads its own in other ways. It would copy the
 * bytes of a request twice, each time into new room of the next power of two, filled with zeros before; here they
 * go as they are, behind their header.
 */
import type { Socket } from 'node:net'
import type { Broker } from 'kafkajs'
import { KafkaJSConnectionClosedError } from 'kafkajs/src/errors.js'
import type Connection from 'kafkajs/src/network/connection.js'
import { CrosspointError } from '../../errors.ts'
import { Pen } from './pen.ts'

export interface Call<T extends Answer> {
  readonly apiKey: number
  readonly apiVersion: number
  readonly apiName: string
  /** The request without its header. Nobody may write on it any more. */
  readonly bytes: Buffer
  readonly decode: (answer: Buffer) => T
  /** How long the broker may take; the client's own limit when absent. */
  readonly timeoutMs?: number
}

/** What every answer tells besides what was asked. */
interface Answer {
  /** For so long the broker wants no more requests over the connection (KIP-219). */
  readonly clientSideThrottleTime: number
}

/** What kafkajs' types leave out. */
type Callable = Broker & {
  readonly versions?: Readonly<Record<number, Versions>> | null
  readonly connectionPool: {
    getConnectionByRequest(asked: {
      readonly request: { readonly apiKey: number }
    }): Promise<Connection>
  }
}
interface Versions {
  readonly minVersion: number
  readonly maxVersion: number
}

/** Rejects with the connection's error, or with XP_BROKER_FAILED where the broker knows no such request. */
export async function callBroker<T extends Answer>(broker: Broker, call: Call<T>): Promise<T> {
  const { versions, connectionPool } = broker as Callable
  refuseUnknown(call, versions?.[call.apiKey])
  try {
    return await ask(await connectionPool.getConnectionByRequest({ request: call }), call)
  } catch (error) {
    if (error instanceof Error && error.name === 'KafkaJSConnectionClosedError') {
      await broker.disconnect()
    }
    throw error
  }
}

async function ask<T extends Answer>(
  connection: Connection,
  { apiKey, apiVersion, apiName, bytes, decode, timeoutMs }: Call<T>,
): Promise<T> {
  if (!connection.isAuthenticated()) await connection.authenticate()
  connection.failIfNotConnected()
  const { clientId, requestQueue } = connection
  const correlationId = connection.nextCorrelationId()
  const head = headOf({ apiKey, apiVersion, correlationId, clientId }, bytes.length)
  const { payload } = await new Promise<{ readonly payload: Buffer }>((resolve, reject) => {
    requestQueue.push({
      entry: { apiKey, apiName, apiVersion, correlationId, resolve, reject },
      expectResponse: true,
      requestTimeout: timeoutMs ?? null,
      // Another socket than now, perhaps, when it has waited for its turn.
      sendRequest() {
        const { socket, host, port } = connection
        if (socket === undefined) {
          reject(new KafkaJSConnectionClosedError('Closed connection', { host, port }))
        } else writeBoth(socket, head, bytes)
      },
    })
  })
  const answer = decode(payload)
  requestQueue.maybeThrottle(answer.clientSideThrottleTime)
  return answer
}

function writeBoth(socket: Socket, head: Buffer, bytes: Buffer): void {
  socket.cork()
  socket.write(head)
  socket.write(bytes)
  socket.uncork()
}

interface Head {
  readonly apiKey: number
  readonly apiVersion: number
  readonly correlationId: number
  readonly clientId: string
}

/** Length of all that follows, kind and number of the request, and who asks. */
function headOf({ apiKey, apiVersion, correlationId, clientId }: Head, bodyLength: number): Buffer {
  const pen = new Pen(HEAD_BYTES + Buffer.byteLength(clientId))
  pen.int32(pen.bytes.length - LENGTH_BYTES + bodyLength)
  pen.int16(apiKey)
  pen.int16(apiVersion)
  pen.int32(correlationId)
  pen.text(clientId)
  return pen.bytes
}

const LENGTH_BYTES = 4
/** Without the text of `clientId`. */
const HEAD_BYTES = LENGTH_BYTES + 10

function refuseUnknown(
  { apiName, apiVersion }: Pick<Call<Answer>, 'apiName' | 'apiVersion'>,
  known: Versions | undefined,
): void {
  if (known === undefined) return
  const { minVersion, maxVersion } = known
  if (apiVersion >= minVersion && apiVersion <= maxVersion) return
  const spoken = `brokers speak ${apiName} ${minVersion} to ${maxVersion}`
  throw new CrosspointError('XP_BROKER_FAILED', `${spoken}, not ${apiVersion}`, {
    remedy: 'Use Kafka 2.3 or newer.',
  })
}
