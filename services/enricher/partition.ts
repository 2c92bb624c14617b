/** What an enricher keeps of one partition for as long as it holds it. */
import { createPrefix, type Prefix } from '../domain/prefix.ts'
import { createRecent } from '../domain/recent.ts'
import { createNeeds, type Needs } from './needs.ts'

export interface PartitionState {
  readonly partition: number
  readonly prefix: Prefix
  readonly needs: Needs
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
  return {
    partition,
    prefix: createPrefix(),
    needs: createNeeds(NEEDS_MAX),
    first(requestKey) {
      if (seen.get(requestKey) === true) return false
      seen.set(requestKey, true)
      return true
    },
  }
}
