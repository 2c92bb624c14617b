/** A request of our own over a connection of kafkajs, which asks and reads its own in other ways. */
import type { Broker } from 'kafkajs'
import Encoder from 'kafkajs/src/protocol/encoder.js'
import { CrosspointError } from '../../errors.ts'

export interface Call<T> {
  readonly apiKey: number
  readonly apiVersion: number
  readonly apiName: string
  /** The request without its header. */
  readonly bytes: Buffer
  readonly decode: (answer: Buffer) => T
  /** How long the broker may take; the client's own limit when absent. */
  readonly timeoutMs?: number
}

interface Request {
  readonly request: {
    readonly apiKey: number
    readonly apiVersion: number
    readonly apiName: string
    encode(): Promise<Encoder>
  }
  readonly response: { decode(raw: Buffer): Promise<unknown>; parse(data: unknown): unknown }
  readonly requestTimeout: number | null
}

/** What kafkajs' types leave out. */
type Callable = Broker & {
  readonly versions?: Readonly<Record<number, Versions>> | null
  readonly connectionPool: { send(request: Request): Promise<unknown> }
}
interface Versions {
  readonly minVersion: number
  readonly maxVersion: number
}

/** Rejects with the connection's error, or with XP_BROKER_FAILED where the broker knows no such request. */
export async function callBroker<T>(broker: Broker, call: Call<T>): Promise<T> {
  const { apiKey, apiVersion, apiName, bytes, decode, timeoutMs } = call
  const { versions, connectionPool } = broker as Callable
  refuseUnknown(call, versions?.[apiKey])
  try {
    const answered = await connectionPool.send({
      request: { apiKey, apiVersion, apiName, encode: async () => inEncoder(bytes) },
      response: { decode: async (raw) => decode(raw), parse: (data) => data },
      requestTimeout: timeoutMs ?? null,
    })
    return answered as T
  } catch (error) {
    if (error instanceof Error && error.name === 'KafkaJSConnectionClosedError') {
      await broker.disconnect()
    }
    throw error
  }
}

function refuseUnknown({ apiName, apiVersion }: Call<unknown>, known: Versions | undefined): void {
  if (known === undefined) return
  const { minVersion, maxVersion } = known
  if (apiVersion >= minVersion && apiVersion <= maxVersion) return
  const spoken = `brokers speak ${apiName} ${minVersion} to ${maxVersion}`
  throw new CrosspointError('XP_BROKER_FAILED', `${spoken}, not ${apiVersion}`, {
    remedy: 'Use Kafka 2.3 or newer.',
  })
}

/** kafkajs takes bytes from an encoder of its own only. */
function inEncoder(bytes: Buffer): Encoder {
  const encoder = new Encoder(1)
  encoder.buf = bytes
  encoder.offset = bytes.length
  return encoder
}
