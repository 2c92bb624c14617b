/** Which of many settings are worth being measured again. Pure. */
import type { Measured } from '../results.ts'

export interface Tried {
  readonly setting: string
  readonly value: string
  readonly measured: Measured
}

/**
 * The `count` settings with the lowest p99, by the mean of its logarithm over the rates: a rate at which times are
 * longer counts no more than another. What was not measured at every rate is none of them.
 */
export function quickest(tried: readonly Tried[], count: number): readonly Tried[] {
  const rates = new Set(tried.map(({ measured }) => measured.ratePerS))
  const settings = [...Map.groupBy(tried, ({ setting, value }) => `${setting} ${value}`).values()]
  const score = (same: readonly Tried[]): number =>
    same.reduce((sum, { measured }) => sum + Math.log(Math.max(1, measured.stored.p99)), 0)
  return settings
    .filter((same) => new Set(same.map(({ measured }) => measured.ratePerS)).size === rates.size)
    .toSorted((one, other) => score(one) - score(other))
    .flatMap(([first]) => first ?? [])
    .slice(0, count)
}
