/** The auditor's commits: what the prefixes release, and what a failed commit still owes. */
import type { CommitEntry, GroupConsumer } from '../platform/ports.ts'
import { AUDITED_TOPICS, type PartitionAudit } from './partition-audit.ts'

export interface Commits {
  /** Commits what was released since the last time; a failed commit is repeated by the next. */
  flush(): Promise<void>
  /** Drops what is still owed for partitions that changed hands: their new owner goes on from theirs. */
  forget(partitions: readonly number[]): void
}

export function keepCommits(
  group: GroupConsumer,
  audits: ReadonlyMap<number, PartitionAudit>,
): Commits {
  const owed = new Map<string, CommitEntry>()

  const collect = (): void => {
    for (const [partition, audit] of audits) {
      for (const topic of AUDITED_TOPICS) {
        const released = audit.prefix(topic).take()
        if (released === null) continue
        const metadata = String(released.appendedAt)
        owed.set(`${topic} ${partition}`, { topic, partition, offset: released.offset, metadata })
      }
    }
  }

  return {
    async flush() {
      collect()
      const entries = [...owed]
      if (entries.length === 0) return
      try {
        await group.commit(entries.map(([, entry]) => entry))
        for (const [key, entry] of entries) if (owed.get(key) === entry) owed.delete(key)
      } catch {
        // Still owed. A stale generation means a rebalance is under way: `assigned` will settle whose.
      }
    },
    forget(partitions) {
      for (const [key, entry] of owed) if (partitions.includes(entry.partition)) owed.delete(key)
    },
  }
}
