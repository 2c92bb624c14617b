/**
 * What an enricher commits: the contiguous prefix of arrivals whose lookups are settled and
 * acknowledged (design §5), with the append time T of the oldest open one in the metadata, so that
 * whoever takes over can find in call.lookup what open lookups need.
 */
import type { Prefix } from '../../domain/prefix.ts'

export interface Progress {
  readonly offset: number
  readonly metadata: string
}

/** What to commit now; null when nothing was finished since the last call. */
export function progressOf(prefix: Pick<Prefix, 'take'>): Progress | null {
  const released = prefix.take()
  if (released === null) return null
  return { offset: released.offset, metadata: `T=${released.appendedAt}` }
}

/** T of a commit, in milliseconds; null when the metadata is not ours. */
export function openSince(metadata: string): number | null {
  const matched = /^T=(\d{1,15})$/.exec(metadata)
  return matched === null ? null : Number(matched[1])
}
