/** What an enricher keeps of one partition for as long as it holds it. */
import { createPrefix, type Prefix } from '../domain/prefix.ts'
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
}

/** `keptMs`: for how long what others settled may be needed. */
export function createPartition(partition: number, keptMs: () => number): PartitionState {
  let readTo = 0
  let hearsFrom = Infinity
  return {
    partition,
    prefix: createPrefix(),
    needs: createNeeds(keptMs),
    readsLookups(from, historyEnd) {
      readTo = from
      hearsFrom = historyEnd
    },
    lookupsReadTo(offset) {
      readTo = offset
    },
    hears: () => readTo >= hearsFrom,
  }
}
