/** A place in bytes of Kafka's protocol that moves on with each read; it never leaves them. */
import { CrosspointError } from '../../errors.ts'

const HIGH = 2 ** 32
const MORE = 0x80
const SEVEN_BITS = 0x7f
const INT_BITS_MAX = 28
const LONG_BYTES_MAX = 10

export class Cursor {
  readonly source: Buffer
  /** Of the next byte. */
  at: number

  constructor(source: Buffer, at: number) {
    this.source = source
    this.at = at
  }

  int16(): number {
    this.skip(2)
    return this.source.readInt16BE(this.at - 2)
  }

  int32(): number {
    this.skip(4)
    return this.source.readInt32BE(this.at - 4)
  }

  /** Exact where numbers are. */
  int64(): number {
    return this.int32() * HIGH + (this.int32() >>> 0)
  }

  /** A signed number of up to 32 bits, seven in a byte (zigzag). */
  varint(): number {
    let bits = 0
    for (let shift = 0; shift <= INT_BITS_MAX; shift += 7) {
      const byte = this.#next()
      bits |= (byte & SEVEN_BITS) << shift
      if (byte < MORE) return (bits >>> 1) ^ -(bits & 1)
    }
    throw broken('a number is too long')
  }

  /** The same of up to 64 bits; exact up to 2^52. */
  varlong(): number {
    let twice = 0
    for (let index = 0; index < LONG_BYTES_MAX; index += 1) {
      const byte = this.#next()
      twice += (byte & SEVEN_BITS) * 2 ** (7 * index)
      if (byte < MORE) return twice % 2 === 0 ? twice / 2 : -(twice + 1) / 2
    }
    throw broken('a number is too long')
  }

  /** A view of the next bytes; null for a length below zero, as brokers read it. */
  bytes(length: number): Buffer | null {
    if (length < 0) return null
    const from = this.at
    this.skip(length)
    return this.source.subarray(from, this.at)
  }

  text(length: number): string {
    const from = this.at
    this.skip(length)
    return this.source.toString('utf8', from, this.at)
  }

  skip(length: number): void {
    const to = this.at + length
    if (length < 0 || to > this.source.length) throw broken('a length leads out of its bytes')
    this.at = to
  }

  #next(): number {
    const byte = this.source[this.at]
    if (byte === undefined) throw broken('its records end too early')
    this.at += 1
    return byte
  }
}

/** What of a batch can not be. */
export const broken = (what: string): CrosspointError =>
  new CrosspointError('XP_BATCH_UNREADABLE', what)
