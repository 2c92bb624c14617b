/** A distribution in the numbers that matter; never a mean alone. */

export interface Percentiles {
  readonly count: number
  readonly p50: number
  readonly p95: number
  readonly p99: number
  readonly p999: number
  readonly max: number
}

/** Of values in any unit; all zero when there are none. Sorts a copy. */
export function percentilesOf(values: readonly number[]): Percentiles {
  const sorted = Float64Array.from(values).toSorted()
  const at = (share: number): number => {
    const index = Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)
    return round(sorted[Math.max(0, index)] ?? 0)
  }
  return {
    count: sorted.length,
    p50: at(0.5),
    p95: at(0.95),
    p99: at(0.99),
    p999: at(0.999),
    max: at(1),
  }
}

const round = (value: number): number => Math.round(value * 10) / 10
