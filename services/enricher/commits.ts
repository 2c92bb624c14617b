/** The enricher's commits: what the prefixes release, and what a failed commit still owes. */
import type { CommitEntry, GroupConsumer } from '../platform/ports.ts'
import { progressOf } from './core/progress.ts'
import type { PartitionState } from './partition.ts'

export interface Commits {
  /** Commits what was released since the last time; a failed commit is repeated by the next. */
  flush(): Promise<void>
  /** Drops what is owed for partitions that changed hands. */
  forget(partitions: readonly number[]): void
}

export function keepCommits(
  group: Pick<GroupConsumer, 'commit'>,
  partitions: ReadonlyMap<number, PartitionState>,
): Commits {
  const owed = new Map<number, CommitEntry>()
  return {
    async flush() {
      for (const [partition, state] of partitions) {
        const progress = progressOf(state.prefix)
        if (progress !== null)
          owed.set(partition, { topic: 'call.arrived', partition, ...progress })
      }
      const entries = [...owed]
      if (entries.length === 0) return
      try {
        await group.commit(entries.map(([, entry]) => entry))
        for (const [partition, entry] of entries) {
          if (owed.get(partition) === entry) owed.delete(partition)
        }
      } catch {
        // Still owed; a stale generation means a rebalance is under way, and `assigned` says whose.
      }
    },
    forget(changed) {
      for (const partition of changed) owed.delete(partition)
    },
  }
}
