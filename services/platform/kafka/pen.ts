/** A place in bytes of Kafka's protocol that is written on; who makes one knows how many it takes. */
const HIGH = 2 ** 32
const MORE = 0x80
const SEVEN_BITS = 0x7f

export class Pen {
  readonly bytes: Buffer
  /** Of the next byte. */
  at = 0

  constructor(size: number) {
    this.bytes = Buffer.allocUnsafe(size)
  }

  int8(value: number): void {
    this.at = this.bytes.writeInt8(value, this.at)
  }

  int16(value: number): void {
    this.at = this.bytes.writeInt16BE(value, this.at)
  }

  int32(value: number): void {
    this.at = this.bytes.writeInt32BE(value, this.at)
  }

  /** Exact where numbers are. */
  int64(value: number): void {
    this.int32(Math.floor(value / HIGH))
    this.at = this.bytes.writeUInt32BE(value >>> 0, this.at)
  }

  /** Signed, seven bits in a byte (zigzag). */
  varint(value: number): void {
    let rest = ((value << 1) ^ (value >> 31)) >>> 0
    while (rest >= MORE) {
      this.bytes[this.at++] = (rest & SEVEN_BITS) | MORE
      rest >>>= 7
    }
    this.bytes[this.at++] = rest
  }

  /** With their length in front; -1 where there are none. */
  sized(bytes: Uint8Array | null): void {
    this.varint(bytes === null ? -1 : bytes.length)
    if (bytes === null) return
    this.bytes.set(bytes, this.at)
    this.at += bytes.length
  }

  /** UTF-8 with its length in front, which is that of `byteLength`. */
  sizedText(text: string, byteLength: number): void {
    this.varint(byteLength)
    this.at += this.bytes.write(text, this.at)
  }

  /** The same with the length in two bytes. */
  text(text: string): void {
    this.int16(Buffer.byteLength(text))
    this.at += this.bytes.write(text, this.at)
  }
}

/** Bytes that `varint` takes. */
export function varintSize(value: number): number {
  const bits = ((value << 1) ^ (value >> 31)) >>> 0
  if (bits < 0x80) return 1
  if (bits < 0x4000) return 2
  if (bits < 0x20_0000) return 3
  return bits < 0x1000_0000 ? 4 : 5
}

/** Bytes that `sized` takes. */
export const sizedSize = (bytes: Uint8Array | null): number =>
  bytes === null ? 1 : varintSize(bytes.length) + bytes.length
