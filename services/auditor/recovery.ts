/** Where the auditor begins after a start or a rebalance, and from which offsets on it writes. */
import { HORIZON_MS } from '../domain/horizon.ts'
import { openSince } from '../domain/open-since.ts'
import type { Committed, GroupConsumer, LogClient } from '../platform/ports.ts'
import type { Start } from './partition-audit.ts'

/**
 * Where to begin each gained partition: H before the older of its two commits, so that both halves of
 * a late answer are met again. A topic without a commit is fresh from its first kept record on.
 */
export async function startsOf(
  client: LogClient,
  group: GroupConsumer,
  gained: readonly number[],
): Promise<readonly Start[]> {
  const [routed, lookups, routedStarts, lookupStarts] = await Promise.all([
    group.committed('call.routed'),
    group.committed('call.lookup'),
    client.offsets.starts('call.routed'),
    client.offsets.starts('call.lookup'),
  ])
  return Promise.all(
    gained.map(async (partition): Promise<Start> => {
      const first = {
        'call.routed': routedStarts[partition] ?? 0,
        'call.lookup': lookupStarts[partition] ?? 0,
      }
      const commits = [routed.get(partition), lookups.get(partition)]
      const freshFrom = {
        'call.routed': commits[0]?.offset ?? first['call.routed'],
        'call.lookup': commits[1]?.offset ?? first['call.lookup'],
      }
      const rewindTo = rewindTime(commits)
      if (rewindTo === null) return { partition, freshFrom, seek: first }
      const [routedAt, lookupsAt] = await Promise.all([
        client.offsets.at('call.routed', rewindTo),
        client.offsets.at('call.lookup', rewindTo),
      ])
      // A commit may lie before the time asked for where a topic has been quiet: never skip past it.
      const seek = {
        'call.routed': Math.min(routedAt[partition] ?? 0, freshFrom['call.routed']),
        'call.lookup': Math.min(lookupsAt[partition] ?? 0, freshFrom['call.lookup']),
      }
      return { partition, freshFrom, seek }
    }),
  )
}

/** Broker time to rewind to; null when a topic was never committed and is read from its start. */
function rewindTime(commits: readonly (Committed | undefined)[]): number | null {
  const times = commits.map((commit) => (commit === undefined ? null : openSince(commit.metadata)))
  const known = times.filter((time) => time !== null)
  return known.length < times.length ? null : Math.min(...known) - HORIZON_MS
}
