import fc from 'fast-check'
import { Partitioners } from 'kafkajs'
import { describe, expect, it } from 'vitest'
import { partitionOf } from '../../../services/domain/murmur2.ts'

const PARTITIONS = 12
const kafkajs = Partitioners.DefaultPartitioner()
const partitionMetadata = Array.from({ length: PARTITIONS }, (_, partitionId) => ({
  partitionId,
  leader: 1,
  replicas: [],
  isr: [],
  partitionErrorCode: 0,
}))

describe('murmur2 partitioning (design §2)', () => {
  it('puts every key where another Kafka client puts it', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 40 }), (bytes) => {
        const key = Buffer.from(bytes)
        const message = { key, value: null }
        expect(partitionOf(bytes, PARTITIONS)).toBe(
          kafkajs({ topic: 't', partitionMetadata, message }),
        )
      }),
    )
  })
})
