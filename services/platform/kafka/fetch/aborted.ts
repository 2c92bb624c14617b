/** Which batches of a partition belong to transactions that were broken off (design §2: read committed). */
import { ATTRIBUTE, BATCH, lastOffsetOf } from '../batch-layout.ts'
import type { Aborted } from './format.ts'

/** Behind the length, attributes, both deltas and the key's own length, one byte each; then the version. */
const MARKER_TYPE_AT = 1 + 1 + 1 + 1 + 1 + 2
const ABORT = 0

/**
 * Given all batches from one fetch of a partition, in order: true where one holds nothing for readers, because
 * it is a transaction's marker or its transaction was broken off.
 */
export function createAbortedFilter(aborted: readonly Aborted[]): (batch: Buffer) => boolean {
  const ahead = aborted.toSorted((one, other) => one.firstOffset - other.firstOffset)
  const open = new Set<number>()
  return (batch) => {
    const attributes = batch.readInt16BE(BATCH.attributesAt)
    const isMarker = (attributes & ATTRIBUTE.control) !== 0
    if ((attributes & ATTRIBUTE.transactional) === 0) return isMarker
    const lastOffset = lastOffsetOf(batch)
    while ((ahead[0]?.firstOffset ?? Infinity) <= lastOffset)
      open.add(ahead.shift()?.producerId ?? 0)
    const producerId = Number(batch.readBigInt64BE(BATCH.producerAt))
    if (!isMarker) return open.has(producerId)
    if (isAbort(batch)) open.delete(producerId)
    return true
  }
}

/** Markers are written by brokers: one record, never packed, whose key holds a version and a type. */
const isAbort = (batch: Buffer): boolean => {
  const at = BATCH.recordsAt + MARKER_TYPE_AT
  return at + 2 <= batch.length && batch.readInt16BE(at) === ABORT
}
