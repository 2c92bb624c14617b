/** Commits of the watermarks (design §4.6), and what a failed commit still owes. */
import type { CommitEntry, GroupConsumer } from '../platform/ports.ts'
import type { PartitionRouter } from './partition-router.ts'

export interface Commits {
  /** Commits what moved since the last time; a failed commit is repeated by the next. */
  flush(): Promise<void>
  /** Owes a commit of where a new group begins, so that a restart begins there as well. */
  owe(partition: number, offset: number, metadata: string): void
  /** Drops what is owed for partitions that changed hands. */
  forget(partitions: readonly number[]): void
}

export function keepCommits(
  group: Pick<GroupConsumer, 'commit'>,
  partitions: ReadonlyMap<number, Pick<PartitionRouter, 'watermark'>>,
): Commits {
  const owed = new Map<number, CommitEntry>()

  const owe: Commits['owe'] = (partition, offset, metadata) => {
    owed.set(partition, { topic: 'call.arrived', partition, offset, metadata })
  }
  return {
    owe,
    async flush() {
      for (const [partition, { watermark }] of partitions) {
        const moved = watermark.take()
        if (moved !== null) owe(partition, moved.offset, moved.metadata)
      }
      const entries = [...owed]
      if (entries.length === 0) return
      try {
        await group.commit(entries.map(([, entry]) => entry))
        for (const [partition, entry] of entries) {
          if (owed.get(partition) === entry) owed.delete(partition)
        }
      } catch {
        // Still owed. A stale generation means a rebalance is under way: `assigned` settles whose.
      }
    },
    forget(changed) {
      for (const partition of changed) owed.delete(partition)
    },
  }
}
