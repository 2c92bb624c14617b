/**
 * Which arrivals repeat a request: a record may repeat, its effects may not (design §4.5), and a dependency
 * is asked once. It is a matter of the log, not of who reads it: an arrival is a repeat when its request
 * stands in the same partition before it. So the enrichers of a process share one memory of that, and one that
 * reads a partition again, after a rebalance, finds its own arrivals where they were.
 */
import { type RequestId, requestKey } from '../domain/request.ts'
import { createRoll } from '../domain/roll.ts'

export interface Repeats {
  /** Notes an arrival; true when one of its request is known to stand before it. */
  isRepeat(partition: number, offset: number, request: RequestId): boolean
}

/**
 * Half a minute of 1,500 calls/s, and some 5 MB. A repeat comes as long as its producer tries; what was
 * forgotten is looked up again, and readers take the first.
 */
const REQUESTS_MAX = 48_000
/** They are forgotten for their number, not for their age. */
const AGELESS = 0

export function createRepeats(requestsMax = REQUESTS_MAX): Repeats {
  const firsts = createRoll()
  return {
    isRepeat(partition, offset, request) {
      const key = `${partition} ${requestKey(request)}`
      const first = Number(firsts.noteOf(key) ?? Infinity)
      if (offset < first) {
        // An enricher that began further on may have noted a later one.
        firsts.delete(key)
        firsts.add(key, AGELESS, String(offset))
        firsts.forget(AGELESS, requestsMax)
      }
      return first < offset
    },
  }
}
