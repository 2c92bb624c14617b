/**
 * How long ago a service last knew all that was published: what it has taken of ops.policy is held
 * against the topic's end. Only a metric goes by it; calls come first, and are decided by what is known.
 */
import type { Clock, LogOffsets } from '../platform/ports.ts'
import { wait } from '../platform/timing.ts'

const LOOK_EVERY_MS = 1000

export interface ReadAgeOptions {
  readonly clock: Clock
  readonly offsets: Pick<LogOffsets, 'ends' | 'starts'>
  /** The offset behind the last record taken; null before the first. */
  readonly taken: () => number | null
}

export interface ReadAge {
  ageMs(): number
  stop(): void
}

/** Counts from now, when all is known; a broker that does not answer lets the age grow. */
export function startReadAge({ clock, offsets, taken }: ReadAgeOptions): ReadAge {
  let knownAt = clock.nowMs()
  const stopped = new AbortController()
  const isAllTaken = async (): Promise<boolean> => {
    const [end = 0] = await offsets.ends('ops.policy')
    const position = taken()
    if (position !== null) return position >= end
    const [start = 0] = await offsets.starts('ops.policy')
    return start >= end
  }
  const look = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      const askedAt = clock.nowMs()
      // A broker that does not answer is what the age tells.
      if (await isAllTaken().catch(() => false)) knownAt = askedAt
      await wait(clock, LOOK_EVERY_MS)
    }
  }
  void look()
  return {
    ageMs: () => clock.nowMs() - knownAt,
    stop: () => stopped.abort(),
  }
}
