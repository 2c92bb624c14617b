import fc from 'fast-check'
import checksum from 'kafkajs/src/protocol/recordBatch/crc32C/index.js'
import { expect, test } from 'vitest'
import { crc32c } from '../../../../services/platform/kafka/crc32c.ts'

test('the checksum of the check string is the one that RFC 3720 counts on', () => {
  expect(crc32c(Buffer.from('123456789'), 0, 9)).toBe(0xe3_06_92_83)
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
