/**
 * Offsets released by outcome, not by receipt: only the contiguous prefix of finished records may be
 * committed, so that a crash repeats work and loses none (design §5). Offsets may have gaps.
 */
import { createLastingMap } from './lasting-map.ts'

interface Place {
  readonly offset: number
  readonly appendedAt: number
}

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
  take(): Place | null
  /** Records begun and not finished: what is done behind an unfinished one takes no room. */
  readonly size: number
}

export function createPrefix(): Prefix {
  /** Unfinished records by offset, rising. */
  const unfinished = createLastingMap<number, Place>()
  let last: Place = { offset: -1, appendedAt: 0 }
  let first: number | null = null
  let moved: Place | null = null

  return {
    begin(offset, appendedAt) {
      const place = { offset, appendedAt }
      if (!unfinished.has(offset)) last = place
      unfinished.set(offset, place)
      first ??= offset
    },
    finish(offset) {
      if (!unfinished.delete(offset) || offset !== first) return
      const next = unfinished.oldest()
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
