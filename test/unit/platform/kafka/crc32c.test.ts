import fc from 'fast-check'
import checksum from 'kafkajs/src/protocol/recordBatch/crc32C/index.js'
import { expect, test } from 'vitest'
import { crc32c } from '../../../../services/platform/kafka/crc32c.ts'

test('the examples of RFC 3720 have the checksums that it gives', () => {
  expect(crc32c(Buffer.alloc(32), 0, 32)).toBe(0x8a_91_36_aa)
  expect(crc32c(Buffer.alloc(32, 0xff), 0, 32)).toBe(0x62_a8_ab_43)
})

test('the checksum of any part of any bytes is that of kafkajs', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 100 }),
      fc.nat(100),
      fc.nat(100),
      (bytes, one, other) => {
        const [from, to] = [one, other]
          .map((at) => Math.min(at, bytes.length))
          .toSorted((a, b) => a - b)
        if (from === undefined || to === undefined) throw new Error('expected two places')
        const buffer = Buffer.from(bytes)
        expect(crc32c(buffer, from, to)).toBe(checksum(buffer.subarray(from, to)))
      },
    ),
  )
})
