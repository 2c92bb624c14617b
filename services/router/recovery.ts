/**
 * Where a router begins a partition it was given (design §4.6): call.arrived at the watermark,
 * call.lookup at the first record since its T, call.routed H before T; and the ends that both must be
 * read to before anything is published.
 */
import { HORIZON_MS } from '../domain/horizon.ts'
import type { Committed, GroupConsumer, LogClient } from '../platform/ports.ts'
import { openSince } from '../domain/open-since.ts'

export interface Start {
  readonly partition: number
  /** No arrival appended before this is open. */
  readonly openSince: number
  /** False for a group that never committed here: where it begins must be committed. */
  readonly committed: boolean
  readonly seek: { readonly arrived: number; readonly lookup: number; readonly routed: number }
  readonly end: { readonly lookup: number; readonly routed: number }
}

/** `now` is broker time. Rejects when the brokers do not answer; nothing was sought then. */
export async function startsOf(
  client: LogClient,
  group: Pick<GroupConsumer, 'committed'>,
  partitions: readonly number[],
  now: number,
  maxClockSkewMs: number,
): Promise<readonly Start[]> {
  const { offsets } = client
  const newSince = Math.floor(now) - HORIZON_MS
  const [committed, arrivedStarts, horizon, lookupEnds, routedEnds] = await Promise.all([
    group.committed('call.arrived'),
    offsets.starts('call.arrived'),
    offsets.at('call.arrived', newSince),
    offsets.ends('call.lookup'),
    offsets.ends('call.routed'),
  ])
  const startOf = async (partition: number): Promise<Start> => {
    const commit = committed.get(partition)
    const since = sinceOf(commit, newSince)
    const [lookups, routed] = await Promise.all([
      offsets.at('call.lookup', Math.max(0, since - maxClockSkewMs)),
      offsets.at('call.routed', Math.max(0, since - HORIZON_MS)),
    ])
    const arrived = commit?.offset ?? horizon[partition] ?? 0
    return {
      partition,
      openSince: since,
      committed: commit !== undefined,
      seek: {
        arrived: Math.max(arrived, arrivedStarts[partition] ?? 0),
        lookup: lookups[partition] ?? 0,
        routed: routed[partition] ?? 0,
      },
      end: { lookup: lookupEnds[partition] ?? 0, routed: routedEnds[partition] ?? 0 },
    }
  }
  return Promise.all(partitions.map(startOf))
}

/** A commit whose metadata is not ours says nothing of time: then all that is kept is read. */
function sinceOf(commit: Committed | undefined, newSince: number): number {
  if (commit === undefined) return newSince
  return openSince(commit.metadata) ?? 0
}
