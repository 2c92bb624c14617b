/**
 * After a stall nothing is published before what was appended meanwhile was read (design §4.7): what
 * others decided, and what was answered, for a decision without answers that are there is a poor one.
 */
import { persist } from '../platform/timing.ts'
import type { PartitionRouter } from './partition-router.ts'
import type { RouterOptions } from './router.ts'

/** What to call when a stall was noticed: closes all gates, to open at the ends as they are now. */
export function createStallGate(
  { client, clock, logger }: RouterOptions,
  partitions: () => readonly (readonly [number, PartitionRouter])[],
  stopping: () => boolean,
): () => void {
  let stalls = 0

  const askEnds = () =>
    Promise.all([client.offsets.ends('call.lookup'), client.offsets.ends('call.routed')])
  const reread = async (current: () => boolean): Promise<void> => {
    const held = new Set(partitions().map(([, router]) => router))
    const ends = await persist(clock, current, askEnds, (error) =>
      logger.warn({ err: error }, 'the ends of what was missed are not known yet, trying again'),
    )
    if (ends === null) return
    const [lookups, routed] = ends
    for (const [partition, router] of partitions()) {
      if (held.has(router)) router.gate(lookups[partition] ?? 0, routed[partition] ?? 0)
    }
  }
  return () => {
    const held = partitions()
    if (held.length === 0) return
    logger.warn('nothing was read for more than a second: reading what was missed first')
    stalls += 1
    const mine = stalls
    for (const [, router] of held) router.stalled()
    void reread(() => !stopping() && mine === stalls)
  }
}
