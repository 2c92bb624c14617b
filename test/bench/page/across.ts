/** What repetitions of one contender at one rate gave, least, middle and most. Pure. */
import { roleOf, type Role } from '../measure/roles.ts'
import type { Measured } from '../results.ts'

export interface Spread {
  readonly low: number
  readonly middle: number
  readonly high: number
}

/** Of at least one value; of an even number of them the lower middle one. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted[Math.floor((sorted.length - 1) / 2)] ?? 0
  return { low: sorted[0] ?? 0, middle, high: sorted.at(-1) ?? 0 }
}

export interface Row {
  readonly contender: string
  readonly ratePerS: number
  readonly measured: readonly Measured[]
  /** How many repetitions kept the objective. */
  readonly borne: number
  readonly of: (value: (measured: Measured) => number) => Spread
}

/** By contender in the order they were first measured in, then by rate. */
export function rowsOf(measured: readonly Measured[]): readonly Row[] {
  const byContender = Map.groupBy(measured, ({ contender }) => contender)
  return [...byContender].flatMap(([contender, own]) => {
    const byRate = [...Map.groupBy(own, ({ ratePerS }) => ratePerS)].toSorted(([a], [b]) => a - b)
    return byRate.map(([ratePerS, same]): Row => {
      return {
        contender,
        ratePerS,
        measured: same,
        borne: same.filter(({ broken }) => broken.length === 0).length,
        of: (value) => spreadOf(same.map(value)),
      }
    })
  })
}

/** CPU seconds a second that processes of some roles took, while calls came and were caught up with. */
export function coresOf(one: Measured, ...roles: readonly Role[]): number {
  const own = one.processes.filter(({ name }) => roles.includes(roleOf(name)))
  return own.reduce((sum, { cpuS }) => sum + cpuS, 0) / ((one.durationMs + one.catchUpMs) / 1000)
}

/** CPU milliseconds a call of processes of some roles. */
export function cpuMsPerCall(one: Measured, ...roles: readonly Role[]): number {
  const own = one.processes.filter(({ name }) => roles.includes(roleOf(name)))
  return (own.reduce((sum, { cpuS }) => sum + cpuS, 0) * 1000) / Math.max(1, one.sent)
}

/** Resident memory of what joins and decides (the router, the twin), MB. */
export function deciderMb({ processes }: Measured): number {
  return processes.find(({ name }) => roleOf(name) === 'decider')?.residentMb ?? 0
}

/** Of the largest service, enrichers included, MB. */
export function largestMb({ processes }: Measured): number {
  const services = processes.filter(({ name }) => ['decider', 'enricher'].includes(roleOf(name)))
  return Math.max(0, ...services.map(({ residentMb }) => residentMb))
}

/** Of all processes of a role together, MB. */
export function mbOf({ processes }: Measured, role: Role): number {
  const own = processes.filter(({ name }) => roleOf(name) === role)
  return own.reduce((sum, { residentMb }) => sum + residentMb, 0)
}

/** Of all services together, MB. */
export const allMb = (one: Measured): number => mbOf(one, 'decider') + mbOf(one, 'enricher')

/** Percent of the cores that the host took, the most of several phases, and how often one was measured; – where nobody told. */
export function stolenText(measured: readonly Measured[]): string {
  const known = measured.flatMap(({ stolen }) => (stolen === null ? [] : [stolen]))
  if (known.length === 0) return '–'
  const tries = Math.max(...measured.map((one) => one.tries))
  return `${(Math.max(...known) * 100).toFixed(1)} %${tries === 1 ? '' : ` (${tries} tries)`}`
}

/** Whether it was borne, or what was not. */
export const verdictOf = ({ broken }: Measured): string =>
  broken.length === 0 ? 'borne' : broken.join('; ')

/** The floor is measured before and after. */
export const isAgain = (measured: readonly Measured[], at: number): boolean =>
  measured.findIndex(({ contender }) => contender === measured[at]?.contender) < at

/** What crosspoint's engine and another measured at a rate in the same repetition. */
export function pairsOf(
  measured: readonly Measured[],
  ratePerS: number,
  other: string,
): readonly (readonly [ours: Measured, its: Measured])[] {
  const of = (name: string): readonly Measured[] =>
    measured.filter((one) => one.contender === name && one.ratePerS === ratePerS)
  const others = of(other)
  return of('crosspoint-instant').flatMap((ours) => {
    const its = others.find(({ repetition }) => repetition === ours.repetition)
    return its === undefined ? [] : [[ours, its] as const]
  })
}
