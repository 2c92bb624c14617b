/** What was measured, held against the bounds that a scenario names. Pure. */
import { BOUNDS, boundOf } from './bounds.ts'
import type { Policy } from '../policy/policy.ts'
import type { Measures } from './measure.ts'
import type { BoundResult } from './result.ts'
import type { Scenario } from './scenario.ts'
import type { TruthLine } from './truth.ts'

/** The limit on catching up: that of the scenario's own bound, or the one for all. */
export function lagBoundMs({ bounds }: Pick<Scenario, 'bounds'>): number {
  const own = bounds.map(boundOf).find((one) => one?.measure === 'catch-up')
  return own?.limit ?? BOUNDS.lagToZeroMs.limit
}

/** Records that a service, by its name, is given in a second: of each call what its role reads. */
export function onTheWay(
  { load }: Pick<Scenario, 'load'>,
  { dependencies }: Pick<Policy, 'dependencies'>,
): (service: string) => number {
  const lookups = dependencies.length
  return (service) => {
    const own = dependencies.find(({ name }) => service.startsWith(`enricher-${name}-`))
    const recordsACall = own === undefined ? 1 + lookups + 1 : own.needs === null ? 1 : 1 + lookups
    return load.ratePerS * recordsACall
  }
}

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
