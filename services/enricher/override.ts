/**
 * Manual overrides in force (design §5), from the compacted topic ops.override: read from its start to
 * its end before the enricher is ready, then followed. They expire in broker time.
 */
import type { Logger } from 'pino'
import type { OverrideSet } from '../../schemas/records.ts'
import { follow } from '../platform/follow.ts'
import type { Clock, Codec, LogClient } from '../platform/ports.ts'
import type { ActiveOverride } from './core/settle.ts'

export interface Overrides {
  /** The override of a dependency that is in force at a moment of broker time. */
  active(dependency: string, now: number): ActiveOverride | null
  stop(): void
}

/** Resolves once all that stands in the topic was read; tries until it can. */
export async function followOverrides(options: {
  readonly client: LogClient
  readonly codec: Codec
  readonly clock: Clock
  readonly logger: Logger
}): Promise<Overrides> {
  const standing = new Map<string, OverrideSet>()
  const following = await follow({
    ...options,
    topic: 'ops.override',
    take({ key, value, offset }, read) {
      // A tombstone, as tools for compacted topics write it, says no more than whose override is gone.
      if (value === null) {
        if (key !== null) standing.delete(new TextDecoder().decode(key))
      } else if (!read.ok) {
        options.logger.warn({ offset, code: read.code }, 'an unreadable override was skipped')
      } else if (read.value.action === 'SET') standing.set(read.value.dependency, read.value)
      else standing.delete(read.value.dependency)
    },
  })
  return {
    active(dependency, now) {
      const found = standing.get(dependency)
      if (found === undefined) return null
      return found.expiresAt !== null && found.expiresAt <= now ? null : found
    },
    stop: () => following.stop(),
  }
}
