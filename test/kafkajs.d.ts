declare module 'kafkajs/src/protocol/recordBatch/crc32C/index.js' {
  const checksum: (bytes: Uint8Array) => number
  export default checksum
}

declare module 'kafkajs/src/protocol/recordBatch/v0/decoder.js' {
  import type { KafkaMessage } from 'kafkajs'
  import type Decoder from 'kafkajs/src/protocol/decoder.js'
  const decode: (decoder: Decoder) => Promise<{ readonly records: readonly KafkaMessage[] }>
  export default decode
}

declare module 'kafkajs/src/protocol/recordBatch/v0/index.js' {
  const batches: {
    RecordBatch(batch: object): Promise<{ readonly buffer: Buffer }>
  }
  export default batches
}

declare module 'kafkajs/src/protocol/recordBatch/record/v0/index.js' {
  const encode: (record: object) => unknown
  export default encode
}

declare module 'kafkajs/src/protocol/requests/produce/v7/request.js' {
  const create: (payload: object) => { encode(): Promise<{ readonly buffer: Buffer }> }
  export default create
}

declare module 'kafkajs/src/protocol/requests/fetch/v11/request.js' {
  const create: (payload: object) => { encode(): Promise<{ readonly buffer: Buffer }> }
  export default create
}

declare module 'kafkajs/src/consumer/filterAbortedMessages.js' {
  const filter: <T>(answer: {
    readonly messages: readonly T[]
    readonly abortedTransactions: readonly object[]
  }) => readonly T[]
  export default filter
}

declare module 'kafkajs/src/protocol/encoder.js' {
  export default class Encoder {
    readonly buffer: Buffer
    writeBuffer(bytes: Buffer): this
  }
}

declare module 'kafkajs/src/protocol/request.js' {
  import type Encoder from 'kafkajs/src/protocol/encoder.js'
  const createRequest: (asked: {
    readonly correlationId: number
    readonly clientId: string
    readonly request: {
      readonly apiKey: number
      readonly apiVersion: number
      encode(): Promise<Encoder>
    }
  }) => Promise<Encoder>
  export default createRequest
}
