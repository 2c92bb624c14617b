/**
 * Whether work piles up: how many calls stood between arrival and decision at moments spread evenly over
 * a phase. Pure.
 */

export interface Slice {
  /** Since the first arrival, ms of broker time: the end of the slice. */
  readonly untilMs: number
  /** Calls that arrived in it. */
  readonly arrived: number
  /** p99 from arrival to decision of those; 0 without any. */
  readonly p99: number
  /** Calls that had arrived and were not decided at its end. */
  readonly open: number
}

export interface Moment {
  readonly arrivedAt: number
  /** Infinity: never. */
  readonly decidedAt: number
}

/** `count` slices of equal length, from the first arrival to the last. */
export function slicesOf(calls: readonly Moment[], count: number): Slice[] {
  if (calls.length === 0) return []
  const times = calls.map(({ arrivedAt }) => arrivedAt)
  const from = times.reduce((least, time) => Math.min(least, time))
  const lengthMs = (times.reduce((most, time) => Math.max(most, time)) - from + 1) / count
  return Array.from({ length: count }, (_, index) => {
    const [start, end] = [from + index * lengthMs, from + (index + 1) * lengthMs]
    const own = calls.filter(({ arrivedAt }) => arrivedAt >= start && arrivedAt < end)
    const took = own.map((call) => call.decidedAt - call.arrivedAt).toSorted((a, b) => a - b)
    return {
      untilMs: Math.round(end - from),
      arrived: own.length,
      p99: finite(took[Math.ceil(took.length * 0.99) - 1] ?? 0),
      open: calls.filter((call) => call.arrivedAt < end && call.decidedAt >= end).length,
    }
  })
}

/** Numbers in JSON are finite; what never came took longer than anything. */
const finite = (value: number): number => Math.min(value, Number.MAX_SAFE_INTEGER)

/**
 * By how much the backlog grew from the first third of the phase to the last, in milliseconds of load at
 * this rate; medians, so that one pause of a garbage collector is no growth.
 */
export function growthMs(slices: readonly Slice[], ratePerS: number): number {
  const third = Math.max(1, Math.floor(slices.length / 3))
  const median = (of: readonly Slice[]): number =>
    of.map(({ open }) => open).toSorted((a, b) => a - b)[Math.floor(of.length / 2)] ?? 0
  const grown = median(slices.slice(-third)) - median(slices.slice(0, third))
  return Math.round((grown / ratePerS) * 1000)
}
