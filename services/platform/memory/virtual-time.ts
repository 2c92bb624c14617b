/**
 * Virtual time: an agenda of moments that is worked off as fast as the machine allows. Between two
 * moments every promise that became ready is run first, so a run is the same every time it is repeated.
 */
import type { Cancel, Clock } from '../ports.ts'

interface Entry {
  readonly atMs: number
  /** Entries of the same moment run in the order they were made. */
  readonly sequence: number
  run: (() => void) | null
}

/** A process's own clock, which may run fast or slow and may be set forward. */
export interface DriftingClock extends Clock {
  /** The host's clock jumps ahead; timers that are running already keep their moment. */
  step(aheadMs: number): void
}

export interface VirtualTime {
  nowMs(): number
  /** Runs `run` at a moment; a moment that is past means now, after what is due already. */
  at(timeMs: number, run: () => void): Cancel
  after(delayMs: number, run: () => void): Cancel
  /** `rate` 1.001 is a clock that gains a millisecond a second. */
  clock(options?: { readonly offsetMs?: number; readonly rate?: number }): DriftingClock
  /** Works off the agenda up to and including a moment, and stands there. */
  runUntil(timeMs: number): Promise<void>
  /** Works off the agenda until nothing is left on it; for worlds without heartbeats. */
  run(): Promise<void>
  /** Works off the agenda for as long as `stop` was not called: for tests that simply await. */
  drive(): { readonly stop: () => Promise<void> }
  /** How many entries were run, for statistics. */
  steps(): number
}

/** Lets every promise that is ready run, and all that follow from them. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/**
 * So many immediates are queued at once: Node runs every ready promise between two of them, and looks
 * for input only after the last, which costs more than an entry of the agenda.
 */
const TURNS = 256

/** Calls `turn` again and again, each time after all promises settled, until it says no more. */
function keepTurning(turn: () => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    let over = false
    const next = (): void => {
      if (over) return
      try {
        if (turn()) return
        over = true
        resolve()
      } catch (error) {
        over = true
        reject(error instanceof Error ? error : new Error(String(error)))
      }
    }
    const queue = (): void => {
      if (over) return
      for (let count = 0; count < TURNS; count += 1) setImmediate(next)
      setImmediate(queue)
    }
    queue()
  })
}

export function virtualTime(startMs = 1_700_000_000_000): VirtualTime {
  const agenda = heap()
  let now = startMs
  let sequence = 0
  let steps = 0

  const at = (timeMs: number, run: () => void): Cancel => {
    const entry: Entry = { atMs: Math.max(timeMs, now), sequence: sequence++, run }
    agenda.push(entry)
    return () => {
      entry.run = null
    }
  }
  /** Runs the next entry that was not cancelled; false when there is none up to the limit. */
  const step = (limitMs: number): boolean => {
    for (;;) {
      const next = agenda.peek()
      if (next === undefined || next.atMs > limitMs) return false
      agenda.pop()
      if (next.run === null) continue
      now = next.atMs
      steps += 1
      next.run()
      return true
    }
  }
  const runUntil = async (timeMs: number): Promise<void> => {
    await keepTurning(() => step(timeMs))
    now = Math.max(now, timeMs)
  }
  return {
    nowMs: () => now,
    at,
    after: (delayMs, run) => at(now + Math.max(0, delayMs), run),
    clock: ({ offsetMs = 0, rate = 1 } = {}) => {
      let ahead = offsetMs
      return {
        nowMs: () => ahead + (now - startMs) * rate,
        after: (delayMs, run) => at(now + Math.max(0, delayMs) / rate, run),
        step: (aheadMs) => {
          if (aheadMs < 0) throw new RangeError('a monotonic clock is never set back')
          ahead += aheadMs
        },
      }
    },
    runUntil,
    run: () => keepTurning(() => step(Infinity)),
    drive: () => {
      const stopping = new AbortController()
      const loop = async (): Promise<void> => {
        while (!stopping.signal.aborted) {
          step(Infinity)
          await settle()
        }
      }
      const ended = loop()
      return {
        stop: () => {
          stopping.abort()
          return ended
        },
      }
    },
    steps: () => steps,
  }
}

/** A binary heap, the earliest entry first. */
function heap() {
  const entries: Entry[] = []
  const before = (a: Entry, b: Entry): boolean =>
    a.atMs < b.atMs || (a.atMs === b.atMs && a.sequence < b.sequence)

  const sink = (last: Entry): void => {
    let hole = 0
    for (;;) {
      const left = entries[2 * hole + 1]
      const right = entries[2 * hole + 2]
      if (left === undefined) break
      const goesRight = right !== undefined && before(right, left)
      const child = goesRight ? right : left
      if (!before(child, last)) break
      entries[hole] = child
      hole = 2 * hole + (goesRight ? 2 : 1)
    }
    entries[hole] = last
  }
  return {
    peek: () => entries[0],
    push(entry: Entry): void {
      let hole = entries.length
      entries.push(entry)
      while (hole > 0) {
        const parent = (hole - 1) >> 1
        const above = entries[parent]
        if (above === undefined || !before(entry, above)) break
        entries[hole] = above
        hole = parent
      }
      entries[hole] = entry
    },
    pop(): void {
      const last = entries.pop()
      if (last !== undefined && entries.length > 0) sink(last)
    },
  }
}
