/**
 * Decoders for what foreign producers may compress with. kafkajs brings gzip only, and a batch it can
 * not unpack stops the consumer for good. crosspoint itself writes uncompressed.
 */
import { promisify } from 'node:util'
import zlib from 'node:zlib'
import kafkajs from 'kafkajs'
import SnappyCodec from 'kafkajs-snappy'
import lz4 from 'lz4js'
import { CrosspointError } from '../../errors.ts'

const { CompressionCodecs, CompressionTypes } = kafkajs

/** A batch is unpacked in memory: whoever sends a small one that grows beyond this is refused. */
const UNPACKED_LIMIT_BYTES = 64 * 1024 * 1024

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

const zstd: KafkaJsCodec = {
  compress: readOnly('zstd'),
  decompress: (buffer) => zstdDecompress(buffer, { maxOutputLength: UNPACKED_LIMIT_BYTES }),
}

const lz4Frames: KafkaJsCodec = {
  compress: readOnly('lz4'),
  decompress: async (buffer) => {
    const size = lz4.decompressBound(buffer)
    if (size > UNPACKED_LIMIT_BYTES) {
      throw new CrosspointError('XP_CODEC_UNSUPPORTED', `an lz4 batch of ${size} bytes unpacked`)
    }
    const unpacked = lz4.decompress(buffer, size)
    return Buffer.from(unpacked.buffer, unpacked.byteOffset, unpacked.byteLength)
  },
}

/** Registers the decoders; kafkajs keeps them process-wide, so doing it again changes nothing. */
export function installCodecs(): void {
  CompressionCodecs[CompressionTypes.Snappy] = SnappyCodec
  CompressionCodecs[CompressionTypes.LZ4] = () => lz4Frames
  CompressionCodecs[CompressionTypes.ZSTD] = () => zstd
}
