/** Batches as brokers send them, by hand. */

/** Without records, from an offset to before another: as compaction leaves it. */
export function emptyBatch(from: number, to: number): Buffer {
  const bytes = Buffer.alloc(61)
  bytes.writeBigInt64BE(BigInt(from), 0)
  bytes.writeInt32BE(61 - 12, 8)
  bytes.writeInt8(2, 16)
  bytes.writeInt32BE(to - 1 - from, 23)
  return bytes
}
