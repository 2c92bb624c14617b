/**
 * What the enrichers of one process tell each other: a lookup that settles here need not come back
 * by the log before another one that needs it is asked. Both then travel in the same request, where the way
 * by call.lookup costs an append and a fetch. The log is read all the same: after a restart, or with the
 * partition in another process's hands, it alone tells; whichever tells first counts.
 */
import type { LookupSettled } from '../../schemas/records.ts'

/** A lookup of an arrival in a partition that settled at a moment of broker time. */
type Hearing = (partition: number, lookup: LookupSettled, settledAt: number) => void

export interface Neighbours {
  /** Tells all that listen. Its record is on its way by then, so that theirs come after it. */
  readonly tell: Hearing
  /** Returns how to stop listening. */
  listen(hearing: Hearing): () => void
}

export function createNeighbours(): Neighbours {
  const listeners = new Set<Hearing>()
  return {
    tell(partition, lookup, settledAt) {
      for (const hearing of listeners) hearing(partition, lookup, settledAt)
    },
    listen(hearing) {
      listeners.add(hearing)
      return () => void listeners.delete(hearing)
    },
  }
}
