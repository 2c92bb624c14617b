declare module 'kafkajs-snappy' {
  interface Codec {
    compress(encoder: { readonly buffer: Buffer }): Promise<Buffer>
    decompress(buffer: Buffer): Promise<Buffer>
  }
  const create: () => Codec
  export default create
}

declare module 'lz4js' {
  const lz4: {
    decompressBound(source: Uint8Array): number
    decompress(source: Uint8Array, maxSize?: number): Uint8Array
    compress(source: Uint8Array): Uint8Array
  }
  export default lz4
}

declare module 'kafkajs/src/protocol/decoder.js' {
  export default class Decoder {
    constructor(buffer: Buffer)
    readBytes(): Buffer | null
  }
}

declare module 'kafkajs/src/protocol/message/compression/index.js' {
  const compression: {
    /** Null for batches that are not compressed. */
    lookupCodecByAttributes(attributes: number): {
      decompress(packed: Buffer): Promise<Buffer>
    } | null
  }
  export default compression
}

declare module 'kafkajs/src/protocol/requests/fetch/v4/decodeMessages.js' {
  import type { KafkaMessage } from 'kafkajs'
  import type Decoder from 'kafkajs/src/protocol/decoder.js'
  const decode: (decoder: Decoder) => Promise<readonly KafkaMessage[]>
  export default decode
}

declare module 'kafkajs/src/errors.js' {
  export const KafkaJSConnectionClosedError: new (
    message: string,
    from: { readonly host: string; readonly port: number },
  ) => Error
}

declare module 'kafkajs/src/network/connection.js' {
  import type { Socket } from 'node:net'
  import type RequestQueue from 'kafkajs/src/network/requestQueue/index.js'
  export default class Connection {
    readonly host: string
    readonly port: number
    readonly requestQueue: RequestQueue
    readonly authHandlers: { onError(): void } | null
    connectionStatus: string
    authenticatedAt: unknown
    socket: Socket | undefined
    chunks: readonly Buffer[]
    bytesBuffered: number
    bytesNeeded: number
    readonly clientId: string
    isConnected(): boolean
    /** True only where the broker asked who it is. */
    isAuthenticated(): boolean
    authenticate(): Promise<void>
    /** Throws KafkaJSConnectionError. */
    failIfNotConnected(): void
    nextCorrelationId(): number
    connect: (this: Connection) => Promise<boolean>
    disconnect: (this: Connection) => Promise<boolean>
  }
}

declare module 'kafkajs/src/network/requestQueue/index.js' {
  export interface PushedRequest {
    readonly entry: {
      readonly apiKey: number
      readonly apiName: string
      readonly apiVersion: number
      readonly correlationId: number
      resolve(answer: { readonly payload: Buffer }): void
      reject(error: Error): void
    }
    readonly expectResponse: boolean
    readonly requestTimeout: number | null
    sendRequest(): void
  }
  export interface SocketRequest {
    readonly requestTimeout: number
    timeoutRequest(): void
  }
  export default class RequestQueue {
    readonly pending: readonly unknown[]
    inflight: ReadonlyMap<number, SocketRequest>
    requestTimeoutIntervalId: NodeJS.Timeout
    isConnected(): boolean
    destroy(): void
    rejectAll(error: Error): void
    /** Sends at once or when there is room among the requests under way. */
    push(request: PushedRequest): void
    maybeThrottle(ms: number): void
    scheduleCheckPendingRequests: (this: RequestQueue) => void
    scheduleRequestTimeoutCheck: (this: RequestQueue) => void
    sendSocketRequest: (this: RequestQueue, request: SocketRequest) => void
    fulfillRequest: (this: RequestQueue, answer: { readonly correlationId: number }) => void
  }
}

declare module 'kafkajs/src/cluster/brokerPool.js' {
  import type { Broker } from 'kafkajs'
  export default class BrokerPool {
    readonly brokers: Readonly<Record<string, Broker>>
    readonly logger: { error(message: string): void }
    seedBroker: (Broker & { readonly versions?: unknown }) | undefined
    versions: unknown
    hasConnectedBrokers(): boolean
    createSeedBroker(): Promise<void>
    findBroker(wanted: { readonly nodeId: string }): Promise<Broker>
    retrier<T>(attempt: (bail: (error: unknown) => void) => Promise<T>): Promise<T>
    connect: (this: BrokerPool) => Promise<void>
    findConnectedBroker: (this: BrokerPool) => Promise<Broker | undefined>
    withBroker: <T>(
      this: BrokerPool,
      ask: (asked: { readonly nodeId: string; readonly broker: Broker }) => Promise<T>,
    ) => Promise<T | null>
  }
}

declare module 'kafkajs/src/cluster/index.js' {
  import type BrokerPool from 'kafkajs/src/cluster/brokerPool.js'
  export default class Cluster {
    readonly brokerPool: BrokerPool
    refreshMetadata(): Promise<void>
    connect: (this: Cluster) => Promise<void>
    disconnect: (this: Cluster) => Promise<void>
  }
}

declare module 'kafkajs/src/protocol/requests/metadata/v6/response.js' {
  interface Answer {
    readonly topicMetadata: readonly {
      readonly partitionMetadata: readonly { readonly partitionErrorCode: number }[]
    }[]
  }
  const response: { parse: (answer: Answer) => Promise<unknown> }
  export default response
}

declare module 'kafkajs/src/consumer/consumerGroup.js' {
  import type { Broker, Cluster } from 'kafkajs'
  type Coordinator = Broker & { heartbeat(request: unknown): Promise<unknown> }
  export default class ConsumerGroup {
    readonly cluster: Cluster & {
      readonly brokerPool: { readonly metadata: object | null }
      refreshMetadataIfNecessary(): Promise<void>
    }
    readonly groupId: string
    readonly logger: { warn(message: string, fields: object): void }
    readonly memberId: string | null
    readonly generationId: number
    readonly instrumentationEmitter: { emit(event: string, payload: unknown): void }
    coordinator: Coordinator
    heartbeat: (this: ConsumerGroup, options: { readonly interval: number }) => Promise<void>
    joinAndSync: (this: ConsumerGroup) => Promise<void>
    checkForStaleAssignment(): void
    fetch: (this: ConsumerGroup, nodeId: string) => Promise<readonly unknown[]>
    recoverFromFetch: (this: ConsumerGroup, error: unknown) => Promise<void>
  }
}

declare module 'kafkajs/src/protocol/error.js' {
  const protocolErrors: { createErrorFromCode(code: number): Error }
  export default protocolErrors
}
