/**
 * Texts as few bytes as is simple: ids are made of digits of base 16 mostly, of which two fit in a byte. A run of
 * them is a byte that tells how many, and the digits; a UUID is one run, whose dashes are where they always are. Any
 * other unit of a text is itself where it is ASCII, and three bytes as UTF-8 has them where it isn't. Equal texts
 * give equal bytes, others never. Pure.
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
/** In place of the length: the 32 digits of a UUID. */
const UUID = RUN + RUN_MAX + 1
const UUID_LENGTH = 36
const UUID_DIGITS = 32
/** Where a UUID has its dashes. */
const DASHES: ReadonlySet<number> = new Set([8, 13, 18, 23])
const FIRST_DASH = 8
const DASH = 0x2d
const WIDE = 0xe0

/** Writes a text and its end; gives where its bytes end. */
export function pack(bytes: Uint8Array, from: number, text: string): number {
  let at = from
  for (let index = 0; index < text.length; ) {
    const digits = runAt(text, index)
    if (digits === FIRST_DASH && isUuidAt(text, index)) {
      at = packDigits(bytes, at, UUID, text, index, index + UUID_LENGTH)
      index += UUID_LENGTH
    } else if (digits >= RUN_MIN) {
      at = packDigits(bytes, at, RUN + digits, text, index, index + digits)
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
    else if (first === UUID) text += dashed(digitsOf(bytes, at + 1, UUID_DIGITS))
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

function isUuidAt(text: string, from: number): boolean {
  if (text.length < from + UUID_LENGTH) return false
  for (let place = 0; place < UUID_LENGTH; place += 1) {
    const fits = DASHES.has(place)
      ? text.charCodeAt(from + place) === DASH
      : digitAt(text, from + place) >= 0
    if (!fits) return false
  }
  return true
}

/** -1: it is none. */
function digitAt(text: string, index: number): number {
  const unit = text.charCodeAt(index)
  if (unit >= 0x30 && unit <= 0x39) return unit - 0x30
  return unit >= 0x61 && unit <= 0x66 ? unit - 0x57 : -1
}

/** What tells how many they are, and the digits of a part of the text; dashes between them are left out. */
function packDigits(
  bytes: Uint8Array,
  from: number,
  first: number,
  text: string,
  index: number,
  end: number,
): number {
  let at = from
  bytes[at++] = first
  let high = -1
  for (let next = index; next < end; next += 1) {
    const digit = digitAt(text, next)
    if (digit < 0) continue
    if (high < 0) high = digit
    else {
      bytes[at++] = (high << 4) | digit
      high = -1
    }
  }
  if (high >= 0) bytes[at++] = high << 4
  return at
}

const dashed = (digits: string): string =>
  [
    digits.slice(0, 8),
    digits.slice(8, 12),
    digits.slice(12, 16),
    digits.slice(16, 20),
    digits.slice(20),
  ].join('-')

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

function widthOf(first: number): number {
  if (first < ASCII_END) return 1
  if (first === UUID) return 1 + UUID_DIGITS / 2
  return first < WIDE ? 1 + ((first - RUN + 1) >> 1) : UNIT_BYTES_MAX
}

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
