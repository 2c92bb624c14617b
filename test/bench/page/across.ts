/** What repetitions of one contender at one rate gave, least, middle and most. Pure. */
import type { Measured, Results } from '../results.ts'

export interface Spread {
  readonly low: number
  readonly middle: number
  readonly high: number
}

/** Of at least one value. */
function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted[Math.floor((sorted.length - 1) / 2)] ?? 0
  return { low: sorted[0] ?? 0, middle, high: sorted.at(-1) ?? 0 }
}

export interface Row {
  readonly contender: string
  readonly ratePerS: number
  readonly repetitions: number
  /** How many of them kept the objective. */
  readonly borne: number
  readonly of: (value: (measured: Measured) => number) => Spread
}

/** By contender in the order of the file, then by rate. */
export function rowsOf({ contenders, measured }: Results): readonly Row[] {
  return Object.keys(contenders).flatMap((contender) => {
    const own = measured.filter((one) => one.contender === contender)
    const rates = [...new Set(own.map(({ ratePerS }) => ratePerS))].toSorted((a, b) => a - b)
    return rates.map((ratePerS): Row => {
      const same = own.filter((one) => one.ratePerS === ratePerS)
      return {
        contender,
        ratePerS,
        repetitions: same.length,
        borne: same.filter(({ broken }) => broken.length === 0).length,
        of: (value) => spreadOf(same.map(value)),
      }
    })
  })
}

/** The highest rate that every repetition bore, with all below it; null when none was. */
export function capacityOf(rows: readonly Row[], contender: string): number | null {
  const own = rows.filter((row) => row.contender === contender)
  const failed = own.findIndex(({ borne, repetitions }) => borne < repetitions)
  const borne = failed === -1 ? own : own.slice(0, failed)
  return borne.at(-1)?.ratePerS ?? null
}

const AROUND: ReadonlySet<string> = new Set(['broker', 'switch and ACD', 'stubs'])

/** CPU seconds a second of load: of the contender alone, without broker, switch and stubs. */
export function coresOf({ processes, durationMs }: Measured): number {
  const own = processes.filter(({ name }) => !AROUND.has(name))
  return own.reduce((sum, { cpuS }) => sum + cpuS, 0) / (durationMs / 1000)
}

/** Resident memory of what joins and decides, MB: the router, the twin. */
export function deciderMb({ processes }: Measured): number {
  return processes[0]?.residentMb ?? 0
}
