/**
 * Offsets released by outcome, not by receipt: only the contiguous prefix of finished records may be
 * committed, so that a crash repeats work and loses none (design §5). Offsets may have gaps.
 */

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
  /** Records begun and not yet part of the prefix. */
  readonly size: number
}

interface Entry {
  readonly offset: number
  readonly appendedAt: number
  finished: boolean
}

export function createPrefix(): Prefix {
  const byOffset = new Map<number, Entry>()
  let moved: { offset: number; appendedAt: number } | null = null

  const advance = (): void => {
    for (const entry of byOffset.values()) {
      if (!entry.finished) {
        if (moved !== null) moved = { offset: entry.offset, appendedAt: entry.appendedAt }
        return
      }
      byOffset.delete(entry.offset)
      moved = { offset: entry.offset + 1, appendedAt: entry.appendedAt }
    }
  }

  return {
    begin(offset, appendedAt) {
      byOffset.set(offset, { offset, appendedAt, finished: false })
    },
    finish(offset) {
      const entry = byOffset.get(offset)
      if (entry === undefined) return
      entry.finished = true
      advance()
    },
    take() {
      const taken = moved
      moved = null
      return taken
    },
    get size() {
      return byOffset.size
    },
  }
}
