/** What a link does to bytes: when a piece that came in may go out, as numbers. */
import type { Trouble } from '../../services/chaos/scenario.ts'
import type { Random } from '../random.ts'

/** As seen from the side that connects: `out` is what it sends. */
export type Direction = 'out' | 'in'

/** A thin line carries a piece at a time, so that connections take turns. */
const PIECE_BYTES_MAX = 1024

/** What all connections of a link share. */
export interface Line {
  trouble(): Trouble
  change(trouble: Trouble): void
  /** Nothing that goes in this direction is forwarded. */
  isHeld(direction: Direction): boolean
  /** When bytes (or, with `isEnd`, the end of a connection) that come in now may go out. */
  dueMs(nowMs: number, isEnd: boolean): number
  /** Takes the line for the next piece of at most `bytes`; how many may go, and from when. */
  take(direction: Direction, nowMs: number, bytes: number): Piece
}

interface Piece {
  readonly bytes: number
  readonly atMs: number
}

export function createLine(random: Random): Line {
  let trouble: Trouble = { kind: 'none' }
  const freeAtMs = { out: 0, in: 0 }
  return {
    trouble: () => trouble,
    change(next) {
      trouble = next
      freeAtMs.out = 0
      freeAtMs.in = 0
    },
    isHeld: (direction) =>
      trouble.kind === 'blackhole' &&
      (trouble.direction === 'both' || trouble.direction === direction),
    dueMs(nowMs, isEnd) {
      if (trouble.kind === 'slowClose' && isEnd) return nowMs + trouble.ms
      if (trouble.kind !== 'latency') return nowMs
      return nowMs + Math.max(0, trouble.ms + (random.next() * 2 - 1) * trouble.jitterMs)
    },
    take(direction, nowMs, bytes) {
      if (trouble.kind !== 'bandwidth') return { bytes, atMs: nowMs }
      const piece = Math.min(bytes, PIECE_BYTES_MAX)
      const startMs = Math.max(nowMs, freeAtMs[direction])
      freeAtMs[direction] = startMs + (piece * 1000) / trouble.bytesPerS
      return { bytes: piece, atMs: freeAtMs[direction] }
    },
  }
}
