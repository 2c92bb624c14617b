/** What is known of one run at its end; kept as JSON beside the page. */
import type { Outage, PromiseId } from '../audit/verify/evidence.ts'
import type { LimitName } from './limits.ts'
import type { Measures } from './measure.ts'

export interface Strike {
  readonly what: string
  /** Unix milliseconds. */
  readonly at: number
  readonly undecided: number
}

export interface PromiseResult {
  readonly id: PromiseId
  readonly text: string
  readonly holds: boolean
  readonly checked: number
  readonly breaches: number
  /** The first of the breaches, in words. */
  readonly told: readonly string[]
}

export interface BoundResult {
  readonly name: string
  /** Null: bounds.ts does not know the name. */
  readonly limit: number | null
  /** Null: it was not measured, which breaks the bound. */
  readonly value: number | null
  readonly holds: boolean
}

/** INVALID: everything held, but no strike met enough calls in flight to prove anything. */
export type RunVerdict = 'PASS' | 'FAIL' | 'INVALID'

export interface RunResult extends Measures {
  readonly id: string
  readonly row: string
  readonly title: string
  readonly expected: string
  readonly limit: LimitName | null
  readonly seed: number
  readonly brokers: number
  readonly startedAt: string
  readonly tookMs: number
  /** From the start until all was healed. */
  readonly healedAfterMs: number
  readonly verdict: RunVerdict
  readonly brokenOff: string | null
  /** Share of the cores' time that this machine's host gave to others meanwhile; null where nobody tells. */
  readonly stolen: number | null
  /** Services that ended and nobody had asked them to. */
  readonly died: readonly string[]
  readonly calls: number
  readonly strikes: readonly Strike[]
  /** Undecided calls at the strike that met fewest. */
  readonly inFlight: number
  readonly catchUpMs: number | null
  /** Computed from the ground truth; milliseconds from the start of the run. */
  readonly outages: readonly Outage[]
  readonly promises: readonly PromiseResult[]
  readonly bounds: readonly BoundResult[]
  /** Calls that broke a promise, each as the lines of its story. */
  readonly stories: readonly (readonly string[])[]
}
