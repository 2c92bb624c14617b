/**
 * Offsets released by outcome, not by receipt: only the contiguous prefix of finished records may be
 * committed, so that a crash repeats work and loses none (design §5). Offsets may have gaps.
 */
import { createLastingMap } from './lasting-map.ts'

export interface Prefix {
  /** A record was taken up; offsets rise from call to call. */
  begin(offset: number, appendedAt: number): void
  /** All that this record asked for is done. Unknown offsets are ignored: they are of an older epoch. */
  finish(offset: number): void
  /**
   * What may be committed: `offset` is the next to read, `appendedAt` the append time of the oldest
   * record still unfinished, or of the last finished one. Null until something was finished since the
   * last call.
   */
  take(): { readonly offset: number; readonly appendedAt: number } | null
  /** Records begun and not finished: what is done behind an unfinished one takes no room. */
  readonly size: number
}

export function createPrefix(): Prefix {
  /** Append times of unfinished records by offset, rising. */
  const unfinished = createLastingMap<number, number>()
  let last = { offset: -1, appendedAt: 0 }
  let first: number | null = null
  let moved: { offset: number; appendedAt: number } | null = null

  const oldest = (): { offset: number; appendedAt: number } | null => {
    for (const [offset, appendedAt] of unfinished) return { offset, appendedAt }
    return null
  }
  return {
    begin(offset, appendedAt) {
      if (!unfinished.has(offset)) last = { offset, appendedAt }
      unfinished.set(offset, appendedAt)
      first ??= offset
    },
    finish(offset) {
      if (!unfinished.delete(offset) || offset !== first) return
      const next = oldest()
      first = next?.offset ?? null
      moved = next ?? { offset: last.offset + 1, appendedAt: last.appendedAt }
    },
    take() {
      const taken = moved
      moved = null
      return taken
    },
    get size() {
      return unfinished.size
    },
  }
}
