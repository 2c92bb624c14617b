/**
 * The trace header that travels from an arrival to every record derived from it. It comes from outside
 * and is copied as it is, so only what has the shape of the W3C recommendation (Trace Context, version
 * 00) goes on; anything else, of whatever size, is dropped.
 */

/** `x` stands for a hexadecimal digit in lower case. Held byte by byte: every record passes here. */
const SHAPE = `00-${'x'.repeat(32)}-${'x'.repeat(16)}-xx`
const DIGIT = SHAPE.charCodeAt(3)

/** The same bytes when they are a traceparent, null when they are not or there are none. */
export function traceparentOf(bytes: Uint8Array | null): Uint8Array | null {
  if (bytes === null || bytes.length !== SHAPE.length) return null
  for (let at = 0; at < bytes.length; at += 1) if (!fits(bytes[at] ?? 0, at)) return null
  return bytes
}

function fits(byte: number, at: number): boolean {
  const wanted = SHAPE.charCodeAt(at)
  if (wanted !== DIGIT) return byte === wanted
  return (byte >= 0x30 && byte <= 0x39) || (byte >= 0x61 && byte <= 0x66)
}
