/** What a run is asked to do, from its command line. Pure. */
import { CrosspointError } from '../errors.ts'
import type { Scenario } from './scenario.ts'
import { soakOf } from './soak.ts'

export interface ChaosOptions {
  readonly scenarios: readonly Scenario[]
  readonly seed: number
  readonly brokers: 1 | 3
  readonly reportFile: string | null
  /** The page to refresh; its data are beside it. */
  readonly page: string | null
  readonly keepLogs: boolean
}

/** As commander gives them: texts, absent where not given. */
export interface GivenOptions {
  readonly scenario?: string
  readonly soak?: true
  readonly seed?: string
  readonly duration?: string
  readonly brokers?: string
  readonly report?: string
  readonly page?: string
  readonly keepLogs?: true
}

export const DEFAULT_SEED = 1
/** Short enough not to be taken for a phone number where it is printed. */
const SEED_MAX = 999_999
const DURATION_S_MAX = 24 * 3600
export const SOAK_MS = 30 * 60_000

function whole(name: string, given: string, [low, high]: readonly [number, number]): number {
  const value = given.trim() === '' ? Number.NaN : Number(given)
  if (Number.isInteger(value) && value >= low && value <= high) return value
  const allowed = `a whole number, ${low} to ${high}`
  throw new CrosspointError('XP_USAGE', `--${name} is ${given}; allowed: ${allowed}`)
}

/** Milliseconds of `20s`, `30m`, `2h`, or a number of seconds. */
function duration(given: string): number {
  const [, count, unit = 's'] = /^(\d+)\s*([smh])?$/.exec(given.trim()) ?? []
  const factors: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 }
  const seconds = Number(count ?? Number.NaN) * (factors[unit] ?? 1)
  if (seconds >= 1 && seconds <= DURATION_S_MAX) return seconds * 1000
  throw new CrosspointError('XP_USAGE', `--duration is ${given}; allowed: 20s, 30m, 2h, or seconds`)
}

/** Scenarios of a list of rows (`F1`) and ids (`F2-zombie`), in the order of the catalogue. */
function chosen(given: string | undefined, catalogue: readonly Scenario[]): readonly Scenario[] {
  if (given === undefined) return catalogue
  const names = given.split(',').map((name) => name.trim())
  const fits = (name: string, { id, row }: Scenario): boolean =>
    [id, row].some((one) => one.toLowerCase() === name.toLowerCase())
  const unknown = names.filter((name) => !catalogue.some((one) => fits(name, one)))
  if (unknown.length > 0) {
    const what = unknown.join(', ')
    throw new CrosspointError('XP_USAGE', `--scenario: there is no ${what}; see --list`)
  }
  return catalogue.filter((one) => names.some((name) => fits(name, one)))
}

function pageOf(given: string | undefined): string | null {
  if (given === undefined || given.endsWith('.md')) return given ?? null
  throw new CrosspointError('XP_USAGE', `--page is ${given}; allowed: a file that ends in .md`)
}

const lasting = (scenarios: readonly Scenario[], durationMs: number | null): readonly Scenario[] =>
  durationMs === null
    ? scenarios
    : scenarios.map((one) => ({ ...one, load: { ...one.load, durationMs } }))

/** Throws XP_USAGE. */
export function chaosOptions(given: GivenOptions, catalogue: readonly Scenario[]): ChaosOptions {
  const { brokers = '3', duration: lasts } = given
  const seed = given.seed === undefined ? DEFAULT_SEED : whole('seed', given.seed, [0, SEED_MAX])
  const durationMs = lasts === undefined ? null : duration(lasts)
  if (brokers !== '1' && brokers !== '3') {
    throw new CrosspointError('XP_USAGE', `--brokers is ${brokers}; allowed: 1, 3`)
  }
  if (given.soak === true && given.scenario !== undefined) {
    throw new CrosspointError('XP_USAGE', '--soak is a run of its own; leave out --scenario')
  }
  return {
    scenarios:
      given.soak === true || /^f25(-soak)?$/i.test(given.scenario ?? '')
        ? [soakOf(seed, durationMs ?? SOAK_MS)]
        : lasting(chosen(given.scenario, catalogue), durationMs),
    seed,
    brokers: brokers === '1' ? 1 : 3,
    reportFile: given.report ?? null,
    page: pageOf(given.page),
    keepLogs: given.keepLogs === true,
  }
}
