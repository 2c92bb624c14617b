/**
 * Puts in order of time what comes in order within each partition only. Memory is bounded: what lies
 * further apart than so many lines stays out of order. Pure.
 */

interface Timed {
  readonly atMs: number
  readonly line: string
}

export interface Order {
  add(atMs: number, line: string): void
  /** Tells all that is still held. */
  end(): void
}

/** Holds up to `heldMax` lines; beyond it the earlier half of them is told. */
export function orderByTime(heldMax: number, tell: (line: string) => void): Order {
  let held: Timed[] = []
  const release = (count: number): void => {
    // Sorting is stable: what happened at once stays as it came.
    held.sort((a, b) => a.atMs - b.atMs)
    for (const { line } of held.slice(0, count)) tell(line)
    held = held.slice(count)
  }
  return {
    add(atMs, line) {
      held.push({ atMs, line })
      if (held.length >= heldMax) release(Math.ceil(heldMax / 2))
    },
    end: () => release(held.length),
  }
}
