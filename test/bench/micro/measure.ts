/**
 * Time and memory of a piece of work, over batches, and against a fixed piece that every machine has.
 * Time is that of the processor, helpers of the collector included: waiting for a busy machine is none.
 */

/** Does its work once for each of `count` operations. */
export type Work = (count: number) => void | Promise<void>

export interface Piece {
  readonly name: string
  /** What one operation is. */
  readonly per: string
  readonly work: Work
  /** Operations in a batch. */
  readonly batch: number
  /** Batches that are not timed; by default as many as it takes to be compiled. */
  readonly warmBatches?: number
}

export interface Figures {
  readonly name: string
  readonly per: string
  /**
   * Microseconds of a core an operation takes: of the quickest batch, the middle one, the one in a
   * hundred, the slowest.
   */
  readonly least: number
  readonly p50: number
  readonly p99: number
  readonly max: number
  readonly operations: number
  /** Of the JavaScript heap, for one operation. */
  readonly bytes: number
}

const WARM_BATCHES = 20

/** `batches`: how many are timed, after those that warm up. Needs `--expose-gc` and a roomy nursery. */
export async function measure(
  { name, per, work, batch, warmBatches = WARM_BATCHES }: Piece,
  batches: number,
): Promise<Figures> {
  for (let warm = 0; warm < warmBatches; warm += 1) await work(batch)
  const took: number[] = []
  for (let timed = 0; timed < batches; timed += 1) {
    const from = process.cpuUsage()
    await work(batch)
    const { user, system } = process.cpuUsage(from)
    took.push((user + system) / batch)
  }
  took.sort((a, b) => a - b)
  const at = (share: number): number => took[Math.floor(share * (took.length - 1))] ?? Number.NaN
  return {
    name,
    per,
    least: at(0),
    p50: at(0.5),
    p99: at(0.99),
    max: at(1),
    operations: batches * batch,
    bytes: await allocated(work, batch),
  }
}

/** Bytes for one operation: the least of some batches, for a collection amid one takes some back. */
async function allocated(work: Work, batch: number): Promise<number> {
  const seen: number[] = []
  for (let round = 0; round < 5; round += 1) {
    globalThis.gc?.()
    const before = process.memoryUsage().heapUsed
    await work(batch)
    seen.push((process.memoryUsage().heapUsed - before) / batch)
  }
  return seen.toSorted((a, b) => a - b)[2] ?? Number.NaN
}

const REFERENCE_TEXT = JSON.stringify(
  Array.from({ length: 40 }, (_, index) => ({
    id: `reference-${index}`,
    numbers: [index, index / 3, -index],
    nested: { words: ['some', 'words', 'of', 'no', 'meaning'], flag: index % 2 === 0, none: null },
  })),
)

/** What other figures are told in multiples of: parsing and writing the same 5 KB of JSON. */
export const reference: Piece = {
  name: 'reference',
  per: '5 KB of JSON',
  batch: 200,
  work(count) {
    for (let index = 0; index < count; index += 1) JSON.stringify(JSON.parse(REFERENCE_TEXT))
  },
}
