/** The ways a dependency can fail callers, and what each means in time. */
import type { DependencyDocument } from '../document.ts'
import type { Ending } from '../evaluate/fallback.ts'
import type { OpenedPolicy } from '../load.ts'

export interface Mode {
  readonly dependency: string
  /** Short, for people: `slow`, `down`. */
  readonly name: string
  readonly ending: Ending
  /** After how many milliseconds of the call's window it is known. */
  readonly settlesMs: number
}

const BARE = { origin: 'NONE', stale: false, missing: [] } as const
const failed = (cause: NonNullable<Ending['cause']>): Ending => ({
  outcome: 'FAILED',
  cause,
  ...BARE,
})
const bare = (outcome: Ending['outcome']): Ending => ({
  ...BARE,
  outcome,
  cause: null,
  origin: 'LIVE',
})
const found = (part: Partial<Ending>): Ending => ({
  outcome: 'FOUND',
  cause: null,
  origin: 'LIVE',
  stale: false,
  missing: [],
  ...part,
})

/**
 * Failure modes of a dependency, the worst for callers first. `read` are its facts that rules and routes
 * read: a partial answer lacks them all. What fails at once is taken to be known at once.
 */
export function modesOf(
  { document }: OpenedPolicy,
  dependency: string,
  read: readonly string[],
): Mode[] {
  const { windowMs, margins } = document
  const declared = document.dependencies[dependency]
  if (declared === undefined) return []
  const timeoutMs = Math.min(declared.timeoutMs, windowMs - margins.enricherMs)
  const mode = (name: string, ending: Ending, settlesMs = 0): Mode => ({
    dependency,
    name,
    ending,
    settlesMs,
  })
  return [
    mode('slow', { outcome: 'TIMED_OUT', cause: 'RESPONSE', ...BARE }, timeoutMs),
    mode('enricher silent', noAnswer(), windowMs - margins.publishMs),
    mode('down', failed('UNREACHABLE')),
    mode('error', failed('ERROR_STATUS')),
    mode('bad answer', failed('BAD_RESPONSE')),
    mode('circuit open', failed('CIRCUIT_OPEN')),
    mode('overloaded', failed('OVERLOADED')),
    mode('partial', found({ missing: read })),
    mode('stale', found({ stale: true })),
    mode('cached', found({ origin: 'CACHE', cause: 'UNREACHABLE' })),
    mode('old cache', found({ origin: 'CACHE', cause: 'UNREACHABLE', stale: true })),
    mode('no match', bare('NO_MATCH')),
    mode('several', bare('MULTIPLE_MATCH')),
    ...(expectsWithheld(declared)
      ? [mode('no number', { outcome: 'SKIPPED', cause: 'CALLER_WITHHELD', ...BARE })]
      : []),
  ].filter(({ ending, name }) => name !== 'partial' || ending.missing.length > 0)
}

/** A valid state of business and no failure: there is no such caller, or several, or no number. */
export function isState({ ending }: Mode): boolean {
  return ['NO_MATCH', 'MULTIPLE_MATCH', 'SKIPPED'].includes(ending.outcome)
}

/** What a dependency ends in that waits for a fact which is not coming. */
export function unmet(dependency: string, needed: Mode): Mode {
  const silent = needed.ending.outcome === 'NO_ANSWER'
  const ending: Ending = silent ? noAnswer() : { outcome: 'SKIPPED', cause: 'NEEDS_UNMET', ...BARE }
  return { dependency, name: 'not asked', ending, settlesMs: needed.settlesMs }
}

function noAnswer(): Ending {
  return { outcome: 'NO_ANSWER', cause: null, ...BARE }
}

/** Only what asks by the caller's number is not asked without one; its fallbacks say so. */
function expectsWithheld({ fallbacks }: DependencyDocument): boolean {
  return fallbacks.some(({ when }) => [when.cause ?? []].flat().includes('CALLER_WITHHELD'))
}
