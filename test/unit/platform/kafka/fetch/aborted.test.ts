import fc from 'fast-check'
import filterAbortedMessages from 'kafkajs/src/consumer/filterAbortedMessages.js'
import { expect, test } from 'vitest'
import { createAbortedFilter } from '../../../../../services/platform/kafka/fetch/aborted.ts'

const TRANSACTIONAL = 0x10
const CONTROL = 0x20
const ABORT = 0
const COMMIT = 1

/** What a partition's log holds, batch by batch: plain records, those of transactions, and their ends. */
interface Step {
  readonly producerId: number
  readonly what: 'plain' | 'records' | 'commit' | 'abort'
  readonly count: number
}

const steps = fc.array(
  fc.record<Step>({
    producerId: fc.integer({ min: 1, max: 3 }),
    what: fc.constantFrom('plain', 'records', 'commit', 'abort'),
    count: fc.integer({ min: 1, max: 3 }),
  }),
  { maxLength: 30 },
)

interface Batch {
  readonly bytes: Buffer
  readonly firstOffset: number
  readonly count: number
  readonly attributes: number
  readonly producerId: number
  readonly key: Buffer | null
}

function batchOf(firstOffset: number, { producerId, what, count: wanted }: Step): Batch {
  const isMarker = what === 'commit' || what === 'abort'
  const count = isMarker ? 1 : wanted
  const attributes = (what === 'plain' ? 0 : TRANSACTIONAL) | (isMarker ? CONTROL : 0)
  const key = isMarker ? Buffer.from([0, 0, 0, what === 'abort' ? ABORT : COMMIT]) : null
  const bytes = Buffer.alloc(61 + 20)
  bytes.writeBigInt64BE(BigInt(firstOffset), 0)
  bytes.writeInt16BE(attributes, 21)
  bytes.writeInt32BE(count - 1, 23)
  bytes.writeBigInt64BE(BigInt(producerId), 43)
  // The record of a marker: its length, attributes, both deltas, the length of its key (zigzag), the key.
  if (key !== null) bytes.set([32, 0, 0, 0, 8, ...key], 61)
  return { bytes, firstOffset, count, attributes, producerId, key }
}

/** A log, and what a broker tells of its broken-off transactions. */
function logOf(given: readonly Step[]) {
  const batches: Batch[] = []
  const open = new Map<number, number>()
  const aborted: { producerId: number; firstOffset: number }[] = []
  let offset = 100
  for (const step of given) {
    const { producerId, what } = step
    const begun = open.get(producerId)
    if ((what === 'commit' || what === 'abort') && begun === undefined) continue
    batches.push(batchOf(offset, step))
    if (what === 'records' && begun === undefined) open.set(producerId, offset)
    if (what === 'abort' && begun !== undefined) aborted.push({ producerId, firstOffset: begun })
    if (what === 'commit' || what === 'abort') open.delete(producerId)
    offset += batches.at(-1)?.count ?? 0
  }
  return { batches, aborted: aborted.toSorted((one, other) => one.firstOffset - other.firstOffset) }
}

test('records of broken-off transactions and markers are hidden, as kafkajs hides them', () => {
  fc.assert(
    fc.property(steps, (given) => {
      const { batches, aborted } = logOf(given)
      const isHidden = createAbortedFilter(aborted)
      const offsetsOf = ({ firstOffset, count }: Batch) =>
        Array.from({ length: count }, (_, index) => firstOffset + index)
      const ours = batches.filter(({ bytes }) => !isHidden(bytes)).flatMap(offsetsOf)
      const messages = batches.flatMap((batch) =>
        offsetsOf(batch).map((offset) => ({
          offset: String(offset),
          key: batch.key,
          isControlRecord: (batch.attributes & CONTROL) !== 0,
          batchContext: {
            producerId: String(batch.producerId),
            inTransaction: (batch.attributes & TRANSACTIONAL) !== 0,
          },
        })),
      )
      const abortedTransactions = aborted.map(({ producerId, firstOffset }) => ({
        producerId: String(producerId),
        firstOffset: String(firstOffset),
      }))
      const theirs = filterAbortedMessages({ messages, abortedTransactions })
        .filter(({ isControlRecord }) => !isControlRecord)
        .map(({ offset }) => Number(offset))
      expect(ours).toEqual(theirs)
    }),
  )
})
