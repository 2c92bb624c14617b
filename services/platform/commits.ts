/** Commits of what a service has finished, and what a failed commit still owes. */
import { openSinceText } from '../domain/open-since.ts'
import type { CommitEntry, GroupConsumer } from './ports.ts'
import type { TopicName } from '../topology.ts'

/** A position that may be committed: the next offset to read, and T for the metadata. */
export interface Released {
  readonly topic: TopicName
  readonly partition: number
  readonly offset: number
  readonly openSinceMs: number
}

export interface Commits {
  /** Commits what was released since the last time; a failed commit is repeated by the next. */
  flush(): Promise<void>
  /** Owes a commit that no record released: where a new group begins. */
  owe(released: Released): void
  /** Drops what is owed for partitions that changed hands: their owner goes on from its own. */
  forget(partitions: readonly number[]): void
}

/** `collect` gives what was released since it was last called. */
export function keepCommits(
  group: Pick<GroupConsumer, 'commit'>,
  collect: () => Iterable<Released>,
): Commits {
  const owed = new Map<string, CommitEntry>()
  const owe = ({ topic, partition, offset, openSinceMs }: Released): void => {
    const metadata = openSinceText(openSinceMs)
    owed.set(`${topic} ${partition}`, { topic, partition, offset, metadata })
  }
  return {
    owe,
    async flush() {
      for (const released of collect()) owe(released)
      const entries = [...owed]
      if (entries.length === 0) return
      try {
        await group.commit(entries.map(([, entry]) => entry))
        for (const [key, entry] of entries) if (owed.get(key) === entry) owed.delete(key)
      } catch {
        // Still owed. A stale generation means a rebalance is under way: `assigned` settles whose.
      }
    },
    forget(partitions) {
      for (const [key, entry] of owed) if (partitions.includes(entry.partition)) owed.delete(key)
    },
  }
}
