/**
 * How a lookup can end: what enrichers publish, and what the router adds (design §3). Endings that no
 * policy at hand can tell apart are one class, with a weight.
 */
import type { Cause, Origin } from '../../../schemas/records.ts'
import { canonical } from '../../domain/canonical.ts'
import type { Facts } from '../../domain/facts.ts'
import { needsFallback } from '../evaluate/fallback.ts'
import type { Ending } from '../evaluate/fallback.ts'
import type { TestableOutcome } from '../words.ts'

/** Why LIVE gave no answer, by the outcome that says so when nothing else supplied facts. */
const CAUSES_OF = {
  TIMED_OUT: ['QUEUED', 'CONNECT', 'RESPONSE'],
  FAILED: ['UNREACHABLE', 'ERROR_STATUS', 'BAD_RESPONSE', 'CIRCUIT_OPEN', 'OVERLOADED', 'OTHER'],
  SKIPPED: ['CALL_EXPIRED', 'CALLER_WITHHELD'],
} as const satisfies Partial<Record<TestableOutcome, readonly Cause[]>>

/** When an ending can be, by whether the fact that the dependency needs is known. */
export type Possible = 'ALWAYS' | 'NEED_MET' | 'NEED_UNMET'

export interface PossibleEnding extends Ending {
  readonly possible: Possible
}

/** Every ending of a dependency; `missingSets` are the sets of facts a partial answer may lack. */
export function* endings(
  needsFact: boolean,
  missingSets: readonly (readonly string[])[],
): Generator<PossibleEnding> {
  const live: Possible = needsFact ? 'NEED_MET' : 'ALWAYS'
  const failing: readonly Cause[] = [...CAUSES_OF.TIMED_OUT, ...CAUSES_OF.FAILED]
  const skipping: readonly Cause[] = CAUSES_OF.SKIPPED
  const found = function* (origin: Origin, cause: Cause | null, possible: Possible) {
    for (const missing of missingSets) {
      for (const stale of [false, true]) {
        yield { outcome: 'FOUND', cause, origin, stale, missing, possible } as const
      }
    }
  }
  const bare = (
    outcome: TestableOutcome,
    cause: Cause | null,
    possible: Possible,
    origin: Origin,
  ) => ({ outcome, cause, origin, stale: false, missing: [], possible }) as const

  yield* found('LIVE', null, live)
  for (const cause of [null, ...failing]) yield* found('CACHE', cause, live)
  for (const cause of [null, ...failing]) yield* found('OVERRIDE', cause, live)
  for (const cause of skipping) yield* found('OVERRIDE', cause, 'ALWAYS')
  yield bare('NO_MATCH', null, live, 'LIVE')
  yield bare('MULTIPLE_MATCH', null, live, 'LIVE')
  for (const cause of CAUSES_OF.TIMED_OUT) yield bare('TIMED_OUT', cause, live, 'NONE')
  for (const cause of CAUSES_OF.FAILED) yield bare('FAILED', cause, live, 'NONE')
  for (const cause of skipping) yield bare('SKIPPED', cause, 'ALWAYS', 'NONE')
  yield bare('NO_ANSWER', null, 'ALWAYS', 'NONE')
  if (!needsFact) return
  yield* found('OVERRIDE', 'NEEDS_UNMET', 'NEED_UNMET')
  yield bare('SKIPPED', 'NEEDS_UNMET', 'NEED_UNMET', 'NONE')
}

/** Endings that give every policy of the space the same route, whatever the facts. */
export interface EndingClass {
  readonly example: Ending
  readonly weight: number
  readonly possible: Possible
  /** The answer gave facts: all but those missing. */
  readonly found: boolean
  /** By policy of the space: what stands in. */
  readonly standIns: readonly StandIn[]
}

/** What a fallback adds to what rules see. */
export interface StandIn {
  readonly facts: Facts
  readonly flags: readonly string[]
}

export const NOTHING: StandIn = { facts: {}, flags: [] }

/** What tells endings of one dependency apart in one policy. */
export interface Distinguishing {
  /** What of its fallback a rule or route reads. */
  readonly standIn: (ending: Ending) => StandIn
  /** Outcomes and causes that rules name; all others are alike. */
  readonly outcomes: ReadonlySet<string>
  readonly causes: ReadonlySet<string>
  readonly byStale: boolean
}

/** Sorts endings into classes, in the order of their first. `facts` are those anything reads. */
export function classesOf(
  all: Iterable<PossibleEnding>,
  policies: readonly Distinguishing[],
  facts: ReadonlySet<string>,
): EndingClass[] {
  const classes = new Map<string, EndingClass>()
  for (const { possible, ...ending } of all) {
    const key = `${possible} ${signatureOf(ending, policies, facts)}`
    const known = classes.get(key)
    if (known === undefined) classes.set(key, classOf(ending, possible, policies))
    else classes.set(key, { ...known, weight: known.weight + 1 })
  }
  return [...classes.values()]
}

/** A class of one ending. */
export function classOf(
  ending: Ending,
  possible: Possible,
  policies: readonly Distinguishing[],
): EndingClass {
  const standIns = standInsOf(ending, policies)
  return { example: ending, weight: 1, possible, found: ending.outcome === 'FOUND', standIns }
}

function standInsOf(ending: Ending, policies: readonly Distinguishing[]): StandIn[] {
  return policies.map(({ standIn }) => (needsFallback(ending) ? standIn(ending) : NOTHING))
}

/** The same text for endings that every policy routes alike. */
export function signatureOf(
  ending: Ending,
  policies: readonly Distinguishing[],
  facts: ReadonlySet<string>,
): string {
  const { outcome, cause, stale, missing } = ending
  const told = policies.map(({ outcomes, causes, byStale }) => [
    outcomes.has(outcome) && outcome,
    cause !== null && causes.has(cause) && cause,
    byStale && stale,
  ])
  const lacking = missing.filter((name) => facts.has(name))
  return canonical([standInsOf(ending, policies), outcome === 'FOUND', told, lacking])
}
