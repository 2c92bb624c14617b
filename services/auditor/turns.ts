/**
 * What was read is audited in small turns: the router decides in the same process, and a fetch brings many
 * small batches at once, or the whole horizon after a takeover. Order within a partition is kept.
 */
import type { Clock, RecordBatch } from '../platform/ports.ts'

export interface Turns {
  /** Hands a batch to `take` in a later turn of the event loop, piece by piece. */
  add(batch: RecordBatch, take: (piece: RecordBatch) => void): void
  /** Records of a partition that wait for their turn. */
  waiting(partition: number): number
  /** Drops what waits for partitions that changed hands. */
  forget(partitions: readonly number[]): void
  stop(): void
}

/** Records in a piece: decisions take a tenth of a millisecond each. */
const PIECE = 4
/**
 * How long pieces are taken before the router has its turn: a call waits for the rest of one at every reading.
 * Longer ones get more done beside a router that is busy, so they are for what has waited.
 */
const TURN_MS = { prompt: 1, overdue: 4 } as const
const OVERDUE_AFTER_MS = 50

interface Piece {
  readonly batch: RecordBatch
  readonly addedMs: number
  readonly take: (piece: RecordBatch) => void
}

export function createTurns(clock: Clock): Turns {
  let pieces: Piece[] = []
  let planned = false
  const waiting = new Map<number, number>()

  const count = ({ partition, records }: RecordBatch, sign: 1 | -1): void => {
    waiting.set(partition, (waiting.get(partition) ?? 0) + sign * records.length)
  }
  const plan = (): void => {
    if (planned || pieces.length === 0) return
    planned = true
    clock.after(0, turn)
  }
  const turn = (): void => {
    planned = false
    const nowMs = clock.nowMs()
    const waitedMs = nowMs - (pieces[0]?.addedMs ?? nowMs)
    const endMs = nowMs + TURN_MS[waitedMs > OVERDUE_AFTER_MS ? 'overdue' : 'prompt']
    // Whoever takes a piece may have others dropped.
    for (let next = pieces.shift(); next !== undefined; next = pieces.shift()) {
      count(next.batch, -1)
      next.take(next.batch)
      if (clock.nowMs() >= endMs) break
    }
    plan()
  }
  return {
    add(batch, take) {
      count(batch, 1)
      const addedMs = clock.nowMs()
      for (const piece of piecesOf(batch)) pieces.push({ batch: piece, addedMs, take })
      plan()
    },
    waiting: (partition) => waiting.get(partition) ?? 0,
    forget(partitions) {
      for (const partition of partitions) waiting.delete(partition)
      pieces = pieces.filter(({ batch }) => !partitions.includes(batch.partition))
    },
    stop() {
      waiting.clear()
      pieces = []
    },
  }
}

function piecesOf(batch: RecordBatch): readonly RecordBatch[] {
  const { records, nextOffset } = batch
  if (records.length <= PIECE) return [batch]
  const pieces: RecordBatch[] = []
  for (let from = 0; from < records.length; from += PIECE) {
    const some = records.slice(from, from + PIECE)
    const isLast = from + PIECE >= records.length
    const next = isLast ? nextOffset : (some.at(-1)?.offset ?? 0) + 1
    pieces.push({ ...batch, records: some, nextOffset: next })
  }
  return pieces
}
