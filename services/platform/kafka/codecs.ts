/**
 * Decoders for what foreign producers may compress with. kafkajs brings gzip only, and that without a
 * limit. What they refuse is passed by `fetch/records.ts`. crosspoint itself writes uncompressed.
 */
import { promisify } from 'node:util'
import zlib from 'node:zlib'
import kafkajs from 'kafkajs'
import SnappyCodec from 'kafkajs-snappy'
import lz4 from 'lz4js'
import { CrosspointError } from '../../errors.ts'

const { CompressionCodecs, CompressionTypes } = kafkajs

/** A batch is unpacked in memory: whoever sends a small one that grows beyond this is refused. */
export const UNPACKED_LIMIT_BYTES = 64 * 1024 * 1024

const SNAPPY_FRAMING = Buffer.from([130, 83, 78, 65, 80, 80, 89, 0])
/** Behind the framing's mark and two version numbers. */
const SNAPPY_BLOCKS_AT = 16
const VARINT_LIMIT_BYTES = 5

const gzipCompress = promisify(zlib.gzip)
const gzipDecompress = promisify(zlib.unzip)
const zstdDecompress = promisify(zlib.zstdDecompress)

interface KafkaJsEncoder {
  readonly buffer: Buffer
}

interface KafkaJsCodec {
  compress(encoder: KafkaJsEncoder): Promise<Buffer>
  decompress(buffer: Buffer): Promise<Buffer>
}

const readOnly = (name: string) => () =>
  Promise.reject(new CrosspointError('XP_CODEC_UNSUPPORTED', `crosspoint does not write ${name}`))

function refuseBeyondLimit(name: string, unpackedBytes: number): void {
  if (unpackedBytes > UNPACKED_LIMIT_BYTES) {
    const message = `${name} of ${unpackedBytes} bytes unpacked, over ${UNPACKED_LIMIT_BYTES}`
    throw new CrosspointError('XP_BATCH_UNREADABLE', message)
  }
}

const gzip: KafkaJsCodec = {
  compress: (encoder) => gzipCompress(encoder.buffer),
  decompress: (buffer) => gzipDecompress(buffer, { maxOutputLength: UNPACKED_LIMIT_BYTES }),
}

const zstd: KafkaJsCodec = {
  compress: readOnly('zstd'),
  decompress: (buffer) => zstdDecompress(buffer, { maxOutputLength: UNPACKED_LIMIT_BYTES }),
}

const lz4Frames: KafkaJsCodec = {
  compress: readOnly('lz4'),
  decompress: async (buffer) => {
    const size = lz4.decompressBound(buffer)
    refuseBeyondLimit('lz4', size)
    const unpacked = lz4.decompress(buffer, size)
    return Buffer.from(unpacked.buffer, unpacked.byteOffset, unpacked.byteLength)
  },
}

/** The length unpacked that a snappy block states in front, as a varint of seven bits a byte. */
function statedLength(block: Uint8Array): number {
  let length = 0
  for (const [index, byte] of block.subarray(0, VARINT_LIMIT_BYTES).entries()) {
    length += (byte & 0x7f) * 2 ** (7 * index)
    if (byte < 0x80) {
      break
    }
  }
  return length
}

/** Sum of the stated lengths, of one plain block or of those in the Java client's framing. */
function snappyLength(buffer: Buffer): number {
  if (!buffer.subarray(0, SNAPPY_FRAMING.length).equals(SNAPPY_FRAMING)) {
    return statedLength(buffer)
  }
  let total = 0
  let at = SNAPPY_BLOCKS_AT
  while (at + 4 <= buffer.length) {
    const size = buffer.readUInt32BE(at)
    total += statedLength(buffer.subarray(at + 4, at + 4 + size))
    at += 4 + size
  }
  return total
}

const snappyBlocks = SnappyCodec()
const snappy: KafkaJsCodec = {
  compress: (encoder) => snappyBlocks.compress(encoder),
  decompress: async (buffer) => {
    refuseBeyondLimit('snappy', snappyLength(buffer))
    return snappyBlocks.decompress(buffer)
  },
}

/** Registers the decoders; kafkajs keeps them process-wide, so doing it again changes nothing. */
export function installCodecs(): void {
  CompressionCodecs[CompressionTypes.GZIP] = () => gzip
  CompressionCodecs[CompressionTypes.Snappy] = () => snappy
  CompressionCodecs[CompressionTypes.LZ4] = () => lz4Frames
  CompressionCodecs[CompressionTypes.ZSTD] = () => zstd
}
