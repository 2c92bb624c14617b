/** How far the groups of a contender are behind what they read, by what they have committed. */
import type { Clock, LogClient } from '../../../services/platform/ports.ts'
import { wait } from '../../../services/platform/timing.ts'
import type { TopicName } from '../../../services/topology.ts'

/** A group and a topic of its that it commits. */
export interface Followed {
  readonly group: string
  readonly topic: TopicName
}

export interface GroupLag extends Followed {
  /** Records between what is committed and the end, in all partitions together. */
  readonly records: number
}

/** Asks as bystander: it joins no group. Partitions without a commit count from their start. */
export async function lagOf(
  client: LogClient,
  followed: readonly Followed[],
): Promise<readonly GroupLag[]> {
  const lags: GroupLag[] = []
  for (const { group, topic } of followed) {
    const ends = await client.offsets.ends(topic)
    const starts = await client.offsets.starts(topic)
    const committed = await client.group(group, [topic]).committed(topic)
    const records = ends.reduce((sum, end, partition) => {
      const at = committed.get(partition)?.offset ?? starts[partition] ?? 0
      return sum + Math.max(0, end - at)
    }, 0)
    lags.push({ group, topic, records })
  }
  return lags
}

const LOOK_EVERY_MS = 100

/** Looks until nobody is behind, or for so long; gives those that still are. */
export async function behindAfter(
  look: () => Promise<readonly GroupLag[]>,
  clock: Clock,
  withinMs: number,
): Promise<readonly GroupLag[]> {
  const untilMs = clock.nowMs() + withinMs
  for (;;) {
    const behind = (await look()).filter(({ records }) => records > 0)
    if (behind.length === 0 || clock.nowMs() >= untilMs) return behind
    await wait(clock, LOOK_EVERY_MS)
  }
}
