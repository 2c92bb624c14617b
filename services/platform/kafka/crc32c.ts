/**
 * The checksum of Kafka's batches: CRC-32C (RFC 3720, appendix B.4). kafkajs takes one byte a step, which was
 * a twentieth of a router's time; here it is eight (slicing by eight, Kounavis and Berry 2005).
 */
const POLYNOMIAL_REVERSED = 0x82_f6_3b_78
const STEP_BYTES = 8
const VALUES = 256

/** What each value of a byte comes to when so many bytes of its step follow it, table after table. */
const SUMS = sums()

function sums(): Int32Array {
  const all = new Int32Array(STEP_BYTES * VALUES)
  for (let value = 0; value < VALUES; value += 1) {
    let sum = value
    for (let bit = 0; bit < 8; bit += 1) {
      sum = (sum & 1) === 0 ? sum >>> 1 : (sum >>> 1) ^ POLYNOMIAL_REVERSED
    }
    all[value] = sum
  }
  for (let index = VALUES; index < all.length; index += 1) {
    const sum = at(all, index - VALUES)
    all[index] = (sum >>> 8) ^ at(all, sum & 0xff)
  }
  return all
}

/**
 * Of the bytes from one place to before another, as a number of 32 bits without a sign. Throws a RangeError
 * where these lie outside.
 */
export function crc32c(bytes: Buffer, from: number, to: number): number {
  let sum = -1
  let next = from
  for (; next + STEP_BYTES <= to; next += STEP_BYTES) {
    const low = sum ^ bytes.readInt32LE(next)
    const high = bytes.readInt32LE(next + 4)
    sum =
      at(SUMS, 7 * VALUES + (low & 0xff)) ^
      at(SUMS, 6 * VALUES + ((low >>> 8) & 0xff)) ^
      at(SUMS, 5 * VALUES + ((low >>> 16) & 0xff)) ^
      at(SUMS, 4 * VALUES + (low >>> 24)) ^
      at(SUMS, 3 * VALUES + (high & 0xff)) ^
      at(SUMS, 2 * VALUES + ((high >>> 8) & 0xff)) ^
      at(SUMS, VALUES + ((high >>> 16) & 0xff)) ^
      at(SUMS, high >>> 24)
  }
  for (; next < to; next += 1) sum = (sum >>> 8) ^ at(SUMS, (sum ^ bytes.readUInt8(next)) & 0xff)
  return ~sum >>> 0
}

/** The index is never outside. */
function at(table: Int32Array, index: number): number {
  return table[index] as number
}
