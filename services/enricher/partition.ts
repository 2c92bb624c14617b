/** What an enricher keeps of one partition for as long as it holds it. */
import { createPrefix, type Prefix } from '../domain/prefix.ts'
import { createNeeds, type Needs } from './needs.ts'

export interface PartitionState {
  readonly partition: number
  readonly prefix: Prefix
  readonly needs: Needs
  /** True the first time a request is seen; a repeated arrival is not looked up again. */
  first(requestKey: string): boolean
}

const NEEDS_MAX = 20_000
const SEEN_MAX = 20_000

export function createPartition(partition: number): PartitionState {
  const seen = new Set<string>()
  return {
    partition,
    prefix: createPrefix(),
    needs: createNeeds(NEEDS_MAX),
    first(requestKey) {
      if (seen.has(requestKey)) return false
      seen.add(requestKey)
      if (seen.size > SEEN_MAX) {
        const [oldest] = seen
        if (oldest !== undefined) seen.delete(oldest)
      }
      return true
    },
  }
}
