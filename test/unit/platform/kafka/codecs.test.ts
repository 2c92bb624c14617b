import { readFileSync } from 'node:fs'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import kafkajs from 'kafkajs'
import lz4 from 'lz4js'
import { describe, expect, test } from 'vitest'
import { installCodecs } from '../../../../services/platform/kafka/codecs.ts'
import { KAFKAJS_VERSION } from '../../../../services/platform/kafka/failure.ts'

const { CompressionCodecs, CompressionTypes } = kafkajs

interface Codec {
  compress(encoder: { readonly buffer: Buffer }): Promise<Buffer>
  decompress(packed: Buffer): Promise<Buffer>
}
const codec = (type: number): Codec => {
  installCodecs()
  return (CompressionCodecs as Record<number, () => Codec>)[type]?.() as Codec
}
const text = 'decide on time, decide on time, decide on time '.repeat(400)

describe('decoders for foreign producers', () => {
  test('zstd', async () => {
    const packed = zstdCompressSync(Buffer.from(text))
    expect((await codec(CompressionTypes.ZSTD).decompress(packed)).toString()).toBe(text)
  })

  test('lz4 frames', async () => {
    const packed = Buffer.from(lz4.compress(Buffer.from(text)))
    expect((await codec(CompressionTypes.LZ4).decompress(packed)).toString()).toBe(text)
  })

  test('snappy, plain and in the framing of the Java client', async () => {
    const snappy = codec(CompressionTypes.Snappy)
    const block = await snappy.compress({ buffer: Buffer.from(text) })
    expect((await snappy.decompress(block)).toString()).toBe(text)
    const header = Buffer.from([130, 83, 78, 65, 80, 80, 89, 0, 0, 0, 0, 1, 0, 0, 0, 1])
    const size = Buffer.alloc(4)
    size.writeUInt32BE(block.length)
    const framed = Buffer.concat([header, size, block, size, block])
    expect((await snappy.decompress(framed)).toString()).toBe(text + text)
  })

  test('gzip', async () => {
    const gzip = codec(CompressionTypes.GZIP)
    const packed = await gzip.compress({ buffer: Buffer.from(text) })
    expect((await gzip.decompress(packed)).toString()).toBe(text)
  })
})

const outcome = (unpacking: Promise<unknown>) =>
  unpacking.then(
    () => 'unpacked',
    () => 'refused',
  )

describe('a batch that grows without bounds when unpacked is refused', () => {
  const BEYOND_LIMIT_BYTES = 80 * 1024 * 1024

  test('zstd', async () => {
    const packed = zstdCompressSync(Buffer.alloc(BEYOND_LIMIT_BYTES))
    expect(await outcome(codec(CompressionTypes.ZSTD).decompress(packed))).toBe('refused')
  })

  test('gzip, also when it comes in several members', async () => {
    const gzip = codec(CompressionTypes.GZIP)
    const packed = gzipSync(Buffer.alloc(BEYOND_LIMIT_BYTES))
    expect(await outcome(gzip.decompress(packed))).toBe('refused')
    const half = gzipSync(Buffer.alloc(BEYOND_LIMIT_BYTES / 2))
    expect(await outcome(gzip.decompress(Buffer.concat([half, half])))).toBe('refused')
  })

  test('snappy, by the length it states, plain and in the framing of the Java client', async () => {
    const snappy = codec(CompressionTypes.Snappy)
    // 40 MiB as a varint, then nothing: only the stated length is looked at.
    const half = Buffer.from([0x80, 0x80, 0x80, 0x14])
    const whole = Buffer.from([0x80, 0x80, 0x80, 0x28])
    await expect(snappy.decompress(whole)).rejects.toMatchObject({ code: 'XP_BATCH_UNREADABLE' })
    const header = Buffer.from([130, 83, 78, 65, 80, 80, 89, 0, 0, 0, 0, 1, 0, 0, 0, 1])
    const size = Buffer.from([0, 0, 0, half.length])
    const framed = Buffer.concat([header, size, half, size, half])
    await expect(snappy.decompress(framed)).rejects.toMatchObject({ code: 'XP_BATCH_UNREADABLE' })
  })
})

test('kafkajs is the version whose insides were looked at', () => {
  const manifest = new URL('../../../../node_modules/kafkajs/package.json', import.meta.url)
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }
  expect(version).toBe(KAFKAJS_VERSION)
})
