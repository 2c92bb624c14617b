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

export const ATTRIBUTE = { appendTime: 0x8, transactional: 0x10, control: 0x20 } as const
