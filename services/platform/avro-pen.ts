/**
 * Texts are written and read by code of our own: avsc asks the engine for each text's length, its bytes and
 * a new string.
 */

import { isAsciiAt } from './ascii.ts'

/** What avsc's reading position offers. */
export interface Tap {
  readonly buf: Uint8Array
  pos: number
  readLong(): number
  skipLong(): void
  readString(): string
  skipString(): void
}

/** The same while it writes. */
export interface Pen {
  readonly buf: Uint8Array
  pos: number
  writeLong(value: number): void
  writeDouble(value: number): void
  writeString(text: string): void
}

/** A length below 64 takes one byte in front of its text. */
const SHORT = 64
/** Longer texts are most ids and all sentences, which seldom come again. */
const KEPT_LENGTH_MAX = 23
const ASCII_END = 0x80
const TEXTS_KEPT = 1024

/** Short texts met before, by a hash of their bytes. */
const texts: string[] = Array.from({ length: TEXTS_KEPT }, () => '')

/** A text. Most are names and words that come again and again: one that was read before is not made again. */
export function readText(tap: Tap): string {
  const { buf, pos } = tap
  const twice = buf[pos] ?? ASCII_END
  const length = twice >> 1
  const from = pos + 1
  const end = from + length
  if (length > KEPT_LENGTH_MAX || twice % 2 !== 0 || end > buf.length) return tap.readString()
  let hash = length
  for (let at = from; at < end; at += 1) hash = (Math.imul(hash, 31) + (buf[at] ?? 0)) | 0
  const place = (hash ^ (hash >>> 15)) & (TEXTS_KEPT - 1)
  const kept = texts[place] ?? ''
  if (isAsciiAt(buf, from, length, kept)) {
    tap.pos = end
    return kept
  }
  const text = tap.readString()
  texts[place] = text
  return text
}

/** avsc counts a text's bytes before it writes them; a short one in ASCII is written as it is counted. */
export function writeText(pen: Pen, text: string): void {
  const { length } = text
  const { buf, pos } = pen
  if (length >= SHORT || pos + length >= buf.length) {
    pen.writeString(text)
    return
  }
  for (let index = 0; index < length; index += 1) {
    const code = text.charCodeAt(index)
    if (code >= ASCII_END) {
      pen.writeString(text)
      return
    }
    buf[pos + 1 + index] = code
  }
  buf[pos] = length << 1
  pen.pos = pos + 1 + length
}

/** A byte; beyond the end it is lost, and its writer told afterwards that there was too little room. */
export function writeByte(pen: Pen, byte: number): void {
  pen.buf[pen.pos] = byte
  pen.pos += 1
}
