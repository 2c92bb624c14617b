/**
 * Where an enricher begins (design §5): at its commit, and for what lookups need at the first record
 * of call.lookup since the oldest open arrival. A new group begins H ago, like the router.
 */
import { HORIZON_MS } from '../domain/horizon.ts'
import { openSince } from '../domain/open-since.ts'
import type { GroupConsumer, LogClient } from '../platform/ports.ts'
import type { TopicName } from '../topology.ts'

export interface Start {
  readonly partition: number
  readonly seeks: readonly { readonly topic: TopicName; readonly offset: number }[]
  /** Where call.lookup ended; 0 where it is not read. */
  readonly lookupsEnd: number
}

/** `now` is broker time. Rejects when the brokers do not answer; then nothing was sought. */
export async function startsOf(
  client: LogClient,
  group: Pick<GroupConsumer, 'committed'>,
  readsNeeds: boolean,
  partitions: readonly number[],
  now: number,
  maxClockSkewMs: number,
): Promise<readonly Start[]> {
  const [committed, starts, horizon, ends] = await Promise.all([
    group.committed('call.arrived'),
    client.offsets.starts('call.arrived'),
    client.offsets.at('call.arrived', now - HORIZON_MS),
    readsNeeds ? client.offsets.ends('call.lookup') : [],
  ])
  const since = (partition: number): number => {
    const commit = committed.get(partition)
    return (commit && openSince(commit.metadata)) ?? now - HORIZON_MS
  }
  // One question for all partitions that share a T would not do: each has its own.
  const lookupsAt = async (partition: number): Promise<number> => {
    const offsets = await client.offsets.at('call.lookup', since(partition) - maxClockSkewMs)
    return offsets[partition] ?? 0
  }
  return Promise.all(
    partitions.map(async (partition): Promise<Start> => {
      const arrived = committed.get(partition)?.offset ?? horizon[partition] ?? 0
      const first = {
        topic: 'call.arrived',
        offset: Math.max(arrived, starts[partition] ?? 0),
      } as const
      const lookupsEnd = ends[partition] ?? 0
      if (!readsNeeds) return { partition, lookupsEnd, seeks: [first] }
      return {
        partition,
        lookupsEnd,
        seeks: [first, { topic: 'call.lookup', offset: await lookupsAt(partition) }],
      }
    }),
  )
}
