/** Where the fields of a record batch stand (magic 2, every client and broker since 0.11). */

export const BATCH = {
  lengthAt: 8,
  magicAt: 16,
  checksumAt: 17,
  attributesAt: 21,
  lastDeltaAt: 23,
  firstTimestampAt: 27,
  maxTimestampAt: 35,
  producerAt: 43,
  countAt: 57,
  recordsAt: 61,
} as const

/** What of a batch its length does not count: the first offset and the length itself. */
export const UNCOUNTED_BYTES = 12
export const MAGIC = 2

/**
 * The offset of a batch's last record, whatever compaction has left of it. A batch that counts backwards is
 * broken, and ends where it begins: reading gets on behind it.
 */
export const lastOffsetOf = (batch: Buffer): number =>
  Number(batch.readBigInt64BE(0)) + Math.max(0, batch.readInt32BE(BATCH.lastDeltaAt))

export const ATTRIBUTE = { appendTime: 0x8, transactional: 0x10, control: 0x20 } as const
