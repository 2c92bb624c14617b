/** What an enricher keeps of one partition for as long as it holds it. */
import { createPrefix, type Prefix } from '../domain/prefix.ts'
import { createRecent } from '../domain/recent.ts'
import { createNeeds, type Needs } from './needs.ts'

export interface PartitionState {
  readonly partition: number
  readonly prefix: Prefix
  readonly needs: Needs
  /** call.lookup is read from an offset on; what stands there below the other one is history. */
  readsLookups(from: number, historyEnd: number): void
  lookupsReadTo(offset: number): void
  /**
   * Whether neighbours may tell what a lookup needs: once history is read. A repeat told before would go
   * before the first record, which counts (design §4.4).
   */
  hears(): boolean
  /** True the first time a request is seen; a repeated arrival is not looked up again. */
  first(requestKey: string): boolean
}

/**
 * Half of these at least are remembered: half a minute of 1,500 calls/s over 12 partitions, and some
 * 10 MB of the process. A repeat comes as long as its producer tries, a need counts for a call's window;
 * what was forgotten is looked up again, and readers take the first.
 */
const NEEDS_MAX = 8000
const SEEN_MAX = 8000

export function createPartition(partition: number): PartitionState {
  const seen = createRecent<string, true>(SEEN_MAX)
  let readTo = 0
  let hearsFrom = Infinity
  return {
    partition,
    prefix: createPrefix(),
    needs: createNeeds(NEEDS_MAX),
    readsLookups(from, historyEnd) {
      readTo = from
      hearsFrom = historyEnd
    },
    lookupsReadTo(offset) {
      readTo = offset
    },
    hears: () => readTo >= hearsFrom,
    first(requestKey) {
      if (seen.get(requestKey) === true) return false
      seen.set(requestKey, true)
      return true
    },
  }
}
