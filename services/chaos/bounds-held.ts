/** What was measured, held against the bounds that a scenario names. Pure. */
import { BOUNDS, boundOf } from './bounds.ts'
import type { Measures } from './measure.ts'
import type { BoundResult } from './result.ts'
import type { Scenario } from './scenario.ts'
import type { TruthLine } from './truth.ts'

/** The limit on catching up: that of the scenario's own bound, or the one for all. */
export function lagBoundMs({ bounds }: Pick<Scenario, 'bounds'>): number {
  const own = bounds.map(boundOf).find((one) => one?.measure === 'catch-up')
  return own?.limit ?? BOUNDS.lagToZeroMs.limit
}

/** An arrival, four lookups and a decision for each call: what a router reads of them in a quarter of a second. */
export const onTheWay = ({ load }: Pick<Scenario, 'load'>): number =>
  Math.ceil((load.ratePerS * 6) / 4)

/** A bound that nothing was measured for is broken. */
export function boundResults(
  { bounds }: Pick<Scenario, 'bounds'>,
  truth: readonly TruthLine[],
  measures: Measures,
  catchUpMs: number | null,
): readonly BoundResult[] {
  const measured = new Map(
    truth.flatMap((line) =>
      line.kind === 'measured' ? [[line.target, line.detail.value] as const] : [],
    ),
  )
  return bounds.map((name): BoundResult => {
    const bound = boundOf(name)
    if (bound === null) return { name, limit: null, value: null, holds: false }
    const values = {
      takeover: measures.takeoverMs,
      'catch-up': catchUpMs,
      outage: measures.outageMs,
      woken: measures.wokenCount ?? null,
      own: measured.get(name) ?? null,
    }
    const value = values[bound.measure]
    return { name, limit: bound.limit, value, holds: value !== null && value <= bound.limit }
  })
}
