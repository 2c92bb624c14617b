/** What a demo run is asked to do, from its command line. Pure. */
import { CrosspointError } from '../errors.ts'

export interface DemoOptions {
  readonly calls: number
  readonly ratePerS: number
  readonly durationMs: number
  readonly seed: number
  readonly reportFile: string | null
  readonly keep: boolean
}

/** As commander gives them: texts, absent where not given. */
export interface GivenOptions {
  readonly calls?: string
  readonly rate?: string
  readonly duration?: string
  readonly seed?: string
  readonly report?: string
  readonly keep?: true
}

const DEFAULT_RATE_PER_S = 50
const DEFAULT_DURATION_S = 60
/** Shorter, and a phase would be over before a lookup of the one before timed out. */
export const DURATION_S_MIN = 14
const DURATION_S_MAX = 24 * 3600
export const RATE_MAX = 2000
const SEED_MAX = 2 ** 32 - 1

function number(
  name: string,
  given: string | undefined,
  [low, high]: readonly [number, number],
  whole: boolean,
): number | undefined {
  if (given === undefined) return undefined
  const value = given.trim() === '' ? Number.NaN : Number(given)
  if (Number.isNaN(value) || value < low || value > high || (whole && !Number.isInteger(value))) {
    const kind = whole ? 'a whole number' : 'a number'
    throw new CrosspointError(
      'XP_USAGE',
      `--${name} is ${given}; allowed: ${kind}, ${low} to ${high}`,
    )
  }
  return value
}

/**
 * Calls, rate and duration belong together: two of them give the third, the rate is 50 calls a second
 * and the duration 60 seconds unless told otherwise. Throws XP_USAGE.
 */
export function demoOptions(given: GivenOptions): DemoOptions {
  const calls = number('calls', given.calls, [1, 10_000_000], true)
  const rate = number('rate', given.rate, [1, RATE_MAX], false)
  const duration = number('duration', given.duration, [DURATION_S_MIN, DURATION_S_MAX], false)
  if (calls !== undefined && rate !== undefined && duration !== undefined) {
    throw new CrosspointError(
      'XP_USAGE',
      'give two of --calls, --rate and --duration, not all three',
    )
  }
  const fromCalls = rate === undefined || calls === undefined ? undefined : calls / rate
  const durationS =
    duration ?? fromCalls ?? (calls === undefined ? DEFAULT_DURATION_S : calls / DEFAULT_RATE_PER_S)
  const ratePerS = rate ?? (calls === undefined ? DEFAULT_RATE_PER_S : calls / durationS)
  if (durationS < DURATION_S_MIN || ratePerS > RATE_MAX) {
    throw new CrosspointError(
      'XP_USAGE',
      `this makes ${durationS} s at ${ratePerS} calls a second; allowed: ${DURATION_S_MIN} s or more, at most ${RATE_MAX} a second`,
    )
  }
  return {
    calls: calls ?? Math.round(ratePerS * durationS),
    ratePerS,
    durationMs: durationS * 1000,
    seed: number('seed', given.seed, [0, SEED_MAX], true) ?? 1,
    reportFile: given.report ?? null,
    keep: given.keep === true,
  }
}
