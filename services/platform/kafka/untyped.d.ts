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

declare module 'kafkajs/src/consumer/batch.js' {
  import type { KafkaMessage } from 'kafkajs'
  /** What one fetch brought of one partition, without aborted and control records. */
  export default class Batch {
    constructor(topic: string, fetchedOffset: string, partitionData: unknown)
    readonly messages: readonly KafkaMessage[]
    readonly rawMessages: readonly KafkaMessage[]
    isEmptyIncludingFiltered(): boolean
    lastOffset(): string
  }
}

declare module 'kafkajs/src/protocol/decoder.js' {
  export default class Decoder {
    constructor(buffer: Buffer)
    readInt16(): number
    readInt32(): number
    readInt64(): { toString(): string }
    readString(): string
    readBytes(): Buffer | null
    readArray<T>(read: (decoder: Decoder) => T): T[]
    readArrayAsync<T>(read: (decoder: Decoder) => Promise<T>): Promise<T[]>
  }
}

declare module 'kafkajs/src/protocol/recordBatch/v0/decoder.js' {
  import type { KafkaMessage } from 'kafkajs'
  import type Decoder from 'kafkajs/src/protocol/decoder.js'
  const decode: (decoder: Decoder) => Promise<{ readonly records: readonly KafkaMessage[] }>
  export default decode
}

declare module 'kafkajs/src/protocol/requests/fetch/v4/decodeMessages.js' {
  import type { KafkaMessage } from 'kafkajs'
  import type Decoder from 'kafkajs/src/protocol/decoder.js'
  const decode: (decoder: Decoder) => Promise<readonly KafkaMessage[]>
  export default decode
}

declare module 'kafkajs/src/protocol/requests/fetch/v11/response.js' {
  const response: { decode: (raw: Buffer) => Promise<unknown> }
  export default response
}

declare module 'kafkajs/src/network/requestQueue/index.js' {
  export default class RequestQueue {
    readonly pending: readonly unknown[]
    scheduleCheckPendingRequests: (this: RequestQueue) => void
  }
}

declare module 'kafkajs/src/protocol/error.js' {
  const protocolErrors: { createErrorFromCode(code: number): Error }
  export default protocolErrors
}
