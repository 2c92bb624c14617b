/** Whether one of two contenders is lower more often than chance has it (a sign test). Pure. */

type Pair = readonly [our: number, its: number]

export interface Signs {
  readonly lower: number
  readonly higher: number
  /** Null where chance may have done it. */
  readonly ours: 'lower' | 'higher' | null
}

/** Two that are alike give such a verdict in at most one of so many runs. */
export const ONE_IN = 20

/** Pairs of equals count for neither. */
export function signsOf(pairs: readonly Pair[]): Signs {
  const lower = pairs.filter(([our, its]) => our < its).length
  const higher = pairs.filter(([our, its]) => our > its).length
  const isSure = (times: number): boolean => chanceOf(times, lower + higher) <= 1 / ONE_IN
  return { lower, higher, ours: isSure(lower) ? 'lower' : isSure(higher) ? 'higher' : null }
}

/** Of so many throws of a fair coin, that at least `times` show the same named side. */
function chanceOf(times: number, throws: number): number {
  let ways = 1
  let sum = 0
  for (let count = 0; count <= throws; count += 1) {
    if (count >= times) sum += ways
    ways = (ways * (throws - count)) / (count + 1)
  }
  return sum / 2 ** throws
}
