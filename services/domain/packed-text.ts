/**
 * Texts as few bytes as is simple: ids are made of digits of base 16 mostly, of which two fit in a byte. A run of
 * them is a byte that tells how many, and the digits; any other unit of a text is itself where it is ASCII, and
 * three bytes as UTF-8 has them where it isn't. Equal texts give equal bytes, others never. Pure.
 */

/** Bytes of a unit of a text, at most; `pack` needs room for the end as well. */
export const UNIT_BYTES_MAX = 3
/** Stands behind a text, where no unit or run begins with it. */
const END = 0xff
const ASCII_END = 0x80
/** Upon this the length of a run; shorter ones are no shorter as a run. */
const RUN = 0x80
const RUN_MIN = 3
const RUN_MAX = 63
const WIDE = 0xe0

/** Writes a text and its end; gives where its bytes end. */
export function pack(bytes: Uint8Array, from: number, text: string): number {
  let at = from
  for (let index = 0; index < text.length; ) {
    const digits = runAt(text, index)
    if (digits >= RUN_MIN) {
      at = packRun(bytes, at, text, index, digits)
      index += digits
    } else {
      at = packUnit(bytes, at, text.charCodeAt(index))
      index += 1
    }
  }
  bytes[at] = END
  return at + 1
}

/** The text whose bytes begin there. */
export function unpack(bytes: Uint8Array, from: number): string {
  let text = ''
  for (let at = from; ; ) {
    const first = bytes[at] ?? END
    if (first === END) return text
    if (first < ASCII_END) text += String.fromCharCode(first)
    else if (first < WIDE) text += digitsOf(bytes, at + 1, first - RUN)
    else text += String.fromCharCode(wideAt(bytes, at))
    at += widthOf(first)
  }
}

/** Where the bytes of the text end that begin there. */
export function endOfPacked(bytes: Uint8Array, from: number): number {
  let at = from
  for (let first = bytes[at] ?? END; first !== END; first = bytes[at] ?? END) at += widthOf(first)
  return at + 1
}

function runAt(text: string, from: number): number {
  const end = Math.min(text.length, from + RUN_MAX)
  let at = from
  while (at < end && digitAt(text, at) >= 0) at += 1
  return at - from
}

/** -1: it is none. */
function digitAt(text: string, index: number): number {
  const unit = text.charCodeAt(index)
  if (unit >= 0x30 && unit <= 0x39) return unit - 0x30
  return unit >= 0x61 && unit <= 0x66 ? unit - 0x57 : -1
}

function packRun(bytes: Uint8Array, from: number, text: string, index: number, digits: number) {
  let at = from
  bytes[at++] = RUN + digits
  for (let next = index; next < index + digits; next += 2) {
    const low = next + 1 < index + digits ? digitAt(text, next + 1) : 0
    bytes[at++] = (digitAt(text, next) << 4) | low
  }
  return at
}

function packUnit(bytes: Uint8Array, from: number, unit: number): number {
  let at = from
  if (unit < ASCII_END) bytes[at++] = unit
  else {
    bytes[at++] = WIDE | (unit >> 12)
    bytes[at++] = ASCII_END | ((unit >> 6) & 0x3f)
    bytes[at++] = ASCII_END | (unit & 0x3f)
  }
  return at
}

const widthOf = (first: number): number =>
  first < ASCII_END ? 1 : first < WIDE ? 1 + ((first - RUN + 1) >> 1) : UNIT_BYTES_MAX

function digitsOf(bytes: Uint8Array, from: number, digits: number): string {
  let text = ''
  for (let index = 0; index < digits; index += 1) {
    const two = bytes[from + (index >> 1)] ?? 0
    text += DIGITS[index % 2 === 0 ? two >> 4 : two & 0x0f] ?? ''
  }
  return text
}

const DIGITS = '0123456789abcdef'

function wideAt(bytes: Uint8Array, at: number): number {
  const [first = 0, second = 0, third = 0] = [bytes[at], bytes[at + 1], bytes[at + 2]]
  return ((first & 0x0f) << 12) | ((second & 0x3f) << 6) | (third & 0x3f)
}
