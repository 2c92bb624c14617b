/** After a stall nothing is published before call.routed was read to its end (design §4.7). */
import { persist } from '../platform/timing.ts'
import type { PartitionRouter } from './partition-router.ts'
import type { RouterOptions } from './router.ts'

/** What to call when a stall was noticed: closes all gates, and opens them by the end of call.routed. */
export function createStallGate(
  { client, clock, logger }: RouterOptions,
  partitions: ReadonlyMap<number, PartitionRouter>,
  stopping: () => boolean,
): () => void {
  let stalls = 0

  const reread = async (current: () => boolean): Promise<void> => {
    const held = new Set(partitions.values())
    const ends = await persist(
      clock,
      current,
      () => client.offsets.ends('call.routed'),
      (error) =>
        logger.warn({ err: error }, 'the end of call.routed is not known yet, trying again'),
    )
    if (ends === null) return
    for (const [partition, router] of partitions) {
      if (held.has(router)) router.gate(null, ends[partition] ?? 0)
    }
  }
  return () => {
    if (partitions.size === 0) return
    logger.warn('nothing ran for more than a second: reading call.routed to its end first')
    stalls += 1
    const mine = stalls
    for (const router of partitions.values()) router.stalled()
    void reread(() => !stopping() && mine === stalls)
  }
}
