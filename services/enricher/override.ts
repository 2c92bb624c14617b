/**
 * Manual overrides in force (design §5), from the compacted topic ops.override: read from its start to
 * its end before the enricher is ready, then followed. They expire in broker time.
 */
import type { Logger } from 'pino'
import type { OverrideSet } from '../../schemas/records.ts'
import type { Clock, Codec, LogClient, LogRecord } from '../platform/ports.ts'
import type { ActiveOverride } from './core/settle.ts'
import { wait } from '../platform/timing.ts'

export interface Overrides {
  /** The override of a dependency that is in force at a moment of broker time. */
  active(dependency: string, now: number): ActiveOverride | null
  stop(): void
}

const RETRY_EVERY_MS = 1000

/** Resolves once all that stands in the topic was read; tries until it can, or the signal ends it. */
export async function followOverrides(options: {
  readonly client: LogClient
  readonly codec: Codec
  readonly clock: Clock
  readonly logger: Logger
}): Promise<Overrides> {
  const { client, codec, clock, logger } = options
  const standing = new Map<string, OverrideSet>()
  const stopped = new AbortController()

  const take = async (record: LogRecord): Promise<void> => {
    // A tombstone, as tools for compacted topics write it, says no more than whose override is gone.
    if (record.value === null) {
      if (record.key !== null) standing.delete(new TextDecoder().decode(record.key))
      return
    }
    let decoded = codec.decode('ops.override', record.value)
    while (!decoded.ok && decoded.retry && !stopped.signal.aborted) {
      if ((await codec.learn(decoded.schemaId)) === 'unavailable') await wait(clock, RETRY_EVERY_MS)
      decoded = codec.decode('ops.override', record.value)
    }
    if (!decoded.ok) {
      logger.warn({ offset: record.offset }, 'an unreadable override was skipped')
      return
    }
    if (decoded.value.action === 'SET') standing.set(decoded.value.dependency, decoded.value)
    else standing.delete(decoded.value.dependency)
  }
  // One after the other, so that a schema learnt late does not let an older record win.
  let taken: Promise<void> = Promise.resolve()
  let nextOffset = 0
  const onRecords = (records: readonly LogRecord[]): void => {
    for (const record of records) {
      if (record.offset < nextOffset) continue
      nextOffset = record.offset + 1
      taken = taken.then(() => take(record))
    }
  }
  const read = async (until: 'end' | 'never'): Promise<void> => {
    while (!stopped.signal.aborted) {
      try {
        await client.reader.read(
          { topics: ['ops.override'], from: 'start', until, signal: stopped.signal },
          (batch) => onRecords(batch.records),
        )
        if (until === 'end') return
      } catch (error) {
        logger.warn({ err: error }, 'overrides can not be read, trying again')
      }
      if (!stopped.signal.aborted) await wait(clock, RETRY_EVERY_MS)
    }
  }
  await read('end')
  await taken
  void read('never')

  return {
    active(dependency, now) {
      const found = standing.get(dependency)
      if (found === undefined) return null
      return found.expiresAt !== null && found.expiresAt <= now ? null : found
    },
    stop: () => stopped.abort(),
  }
}
