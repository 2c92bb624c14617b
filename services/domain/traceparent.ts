/**
 * The trace header that travels from an arrival to every record derived from it. It comes from outside
 * and is copied as it is, so only what has the shape of the W3C recommendation (Trace Context, version
 * 00) goes on; anything else, of whatever size, is dropped.
 */

const LENGTH = 55
const SHAPE = /^00-[\da-f]{32}-[\da-f]{16}-[\da-f]{2}$/

/** The same bytes when they are a traceparent, null when they are not or there are none. */
export function traceparentOf(bytes: Uint8Array | null): Uint8Array | null {
  if (bytes === null || bytes.length !== LENGTH) return null
  return SHAPE.test(String.fromCharCode(...bytes)) ? bytes : null
}
