/**
 * Where an answer that several readers share begins, and which part of it each of them takes. Readers of one
 * process stand at the same offsets almost always; one that catches up stands elsewhere for a while. Pure.
 */
import type { RecordBatch } from '../../ports.ts'
import type { Wanted } from './format.ts'

export interface Places {
  /** What to ask for: one offset a partition. */
  readonly wanted: Wanted
  /** True where readers stand at different places, so that one may have to wait for another answer. */
  readonly apart: boolean
}

/**
 * Of each partition that somebody wants, the offset of whoever's turn it is; readers further on in the same
 * answer find theirs in it (`partFrom`), so two that are near meet. `turn` rises by one with each request to the
 * broker: everyone's comes.
 */
export function placesOf(readers: readonly Wanted[], turn: number): Places {
  const [only] = readers
  if (only !== undefined && readers.length === 1) return { wanted: only, apart: false }
  const all = new Map<string, Map<number, number[]>>()
  for (const wanted of readers) {
    for (const [topic, offsets] of wanted) {
      const ofTopic = all.get(topic) ?? new Map<number, number[]>()
      all.set(topic, ofTopic)
      for (const [partition, offset] of offsets) {
        const known = ofTopic.get(partition)
        if (known === undefined) ofTopic.set(partition, [offset])
        else if (!known.includes(offset)) known.push(offset)
      }
    }
  }
  let apart = false
  const wanted = new Map<string, Map<number, number>>()
  for (const [topic, ofTopic] of all) {
    const offsets = new Map<number, number>()
    wanted.set(topic, offsets)
    for (const [partition, places] of ofTopic) {
      apart ||= places.length > 1
      offsets.set(partition, inTurn(places, turn))
    }
  }
  return { wanted, apart }
}

function inTurn(places: number[], turn: number): number {
  const chosen = places.length === 1 ? places[0] : places.toSorted(ascending)[turn % places.length]
  return chosen ?? 0
}

const ascending = (one: number, other: number): number => one - other

/**
 * Further on by no more an answer has room for what a reader wants, unless records are large: then it has its turn
 * when the other has come nearer.
 */
const STEP_RECORDS_MAX = 50

/**
 * Whether a reader finds what it wants in an answer to what is asked: nothing of it lies before the answer, nor so
 * far on that there would be no room for it.
 */
export function isInStep(wanted: Wanted, asked: Wanted): boolean {
  for (const [topic, offsets] of wanted) {
    const ofTopic = asked.get(topic)
    if (ofTopic === undefined) return false
    for (const [partition, offset] of offsets) {
      const from = ofTopic.get(partition) ?? Infinity
      if (offset < from || offset > from + STEP_RECORDS_MAX) return false
    }
  }
  return true
}

/**
 * What of a batch that was asked for `from` there is for a reader that stands at `offset`; null where nothing
 * is: it lags behind the batch, or has read all of it.
 */
export function partFrom(batch: RecordBatch, from: number, offset: number): RecordBatch | null {
  if (offset < from || offset >= batch.nextOffset) return null
  if (offset === from) return batch
  const { skipped, ...rest } = batch
  const records = batch.records.filter((record) => record.offset >= offset)
  const ahead = skipped?.filter(({ lastOffset }) => lastOffset >= offset) ?? []
  return { ...rest, records, ...(ahead.length === 0 ? {} : { skipped: ahead }) }
}
