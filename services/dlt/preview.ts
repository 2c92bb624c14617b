/** Bytes for people: hexadecimal beside text, with every number that could be a caller's hidden. Pure. */

const ROW_BYTES = 16
const ZERO = 0x30
const NINE = 0x39
const MASK = 0x2a

/** Longer runs of digits are hidden, also when they are parted by signs or by zero bytes (UTF-16). */
const DIGITS_SHOWN_MAX = 4
const SEPARATORS: ReadonlySet<number> = new Set(Buffer.from(' -./()+\0'))

const isDigit = (byte: number | undefined): boolean =>
  byte !== undefined && byte >= ZERO && byte <= NINE

/** A copy in which the digits of numbers are asterisks. */
export function maskDigits(bytes: Uint8Array): Uint8Array {
  const masked = Uint8Array.from(bytes)
  let at = 0
  while (at < bytes.length) {
    if (!isDigit(bytes[at])) {
      at += 1
      continue
    }
    const digits = [at]
    let end = at + 1
    // Two separators in a row still belong to a number: "(030) 1234".
    for (let gap = 0; end < bytes.length && gap <= 2; end += 1) {
      const byte = bytes[end] ?? 0
      if (isDigit(byte)) {
        digits.push(end)
        gap = 0
      } else if (SEPARATORS.has(byte)) gap += 1
      else break
    }
    if (digits.length > DIGITS_SHOWN_MAX) for (const digit of digits) masked[digit] = MASK
    at = end
  }
  return masked
}

/** A text with its numbers hidden and without control characters. */
function safeText(bytes: Uint8Array): string {
  return new TextDecoder().decode(maskDigits(bytes)).replaceAll(/\p{Cc}/gu, '·')
}

const NUMBER_ALONE = /^\+?[\d\s().-]{5,}$/u

/** A name such as a key: its digits stay unless it is a number and nothing else. */
export function nameText(bytes: Uint8Array): string {
  const text = new TextDecoder().decode(bytes)
  return NUMBER_ALONE.test(text) ? safeText(bytes) : text.replaceAll(/\p{Cc}/gu, '·')
}

/** Rows of offset, hexadecimal and text; at most `bytesMax` bytes are shown. */
export function previewLines(bytes: Uint8Array, bytesMax: number): readonly string[] {
  const masked = maskDigits(bytes)
  const shown = masked.subarray(0, bytesMax)
  const lines: string[] = []
  for (let at = 0; at < shown.length; at += ROW_BYTES) {
    const row = [...shown.subarray(at, at + ROW_BYTES)]
    const hex = row.map((byte) => byte.toString(16).padStart(2, '0')).join(' ')
    const readable = row
      .map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '·'))
      .join('')
    lines.push(`${at.toString(16).padStart(6, '0')}  ${hex.padEnd(ROW_BYTES * 3 - 1)}  ${readable}`)
  }
  const more = bytes.length - shown.length
  return more > 0 ? [...lines, `… ${more} bytes more`] : lines
}
