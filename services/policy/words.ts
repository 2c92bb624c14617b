/** The closed sets of design §3 as values, held complete by the compiler. */
import type {
  AniPresentation,
  AniVerification,
  CallerAuth,
  Cause,
  FactValue,
  FallbackKind,
  Origin,
  SettledAs,
  TargetType,
} from '../../schemas/records.ts'

/** Outcomes a fallback may answer and a rule may test. NOT_NEEDED is read as pending, so it is none. */
export type TestableOutcome = Exclude<SettledAs, 'NOT_NEEDED'>

const CAUSE_WORDS: Readonly<Record<Cause, string>> = {
  QUEUED: 'waited in line',
  CONNECT: 'no connection in time',
  RESPONSE: 'no response in time',
  UNREACHABLE: 'unreachable',
  ERROR_STATUS: 'answered with an error',
  BAD_RESPONSE: 'bad answer',
  CIRCUIT_OPEN: 'not asked while it fails',
  OVERLOADED: 'too many lookups under way',
  CALL_EXPIRED: 'no time left for the call',
  NEEDS_UNMET: 'what it needs is not known',
  CALLER_WITHHELD: 'number withheld or not sent',
  SCHEMA_UNAVAILABLE: 'schema registry unavailable',
  OTHER: 'other cause',
}

/** CALLER_WITHHELD where the call's presentation is known. A number that may be shown was not there. */
const NO_NUMBER_WORDS: Readonly<Record<AniPresentation, string>> = {
  ALLOWED: 'no number was sent',
  RESTRICTED: 'the caller withholds the number',
  UNAVAILABLE: 'no number was sent',
}

/**
 * How sentences for people tell a cause. `presentation` is the call's `aniPresentation` as rules see it:
 * it tells a caller who withholds the number from a line that has none, where the policy keeps it.
 */
export function causeWords(cause: Cause, presentation: FactValue | undefined): string {
  const known = cause === 'CALLER_WITHHELD' && isPresentation(presentation)
  return known ? NO_NUMBER_WORDS[presentation] : CAUSE_WORDS[cause]
}

function isPresentation(value: FactValue | undefined): value is AniPresentation {
  return typeof value === 'string' && Object.hasOwn(NO_NUMBER_WORDS, value)
}

const OUTCOME_WORDS: Readonly<Record<TestableOutcome, string>> = {
  FOUND: 'found',
  NO_MATCH: 'no match',
  MULTIPLE_MATCH: 'several matches',
  TIMED_OUT: 'timed out',
  FAILED: 'failed',
  SKIPPED: 'not asked',
  NO_ANSWER: 'no answer in time',
}

/** How sentences for people tell an outcome. */
export function outcomeWords(outcome: SettledAs): string {
  return outcome === 'NOT_NEEDED' ? 'not needed' : OUTCOME_WORDS[outcome]
}

const ORIGIN_WORDS: Readonly<Record<Origin, string>> = {
  LIVE: 'live',
  CACHE: 'cache',
  OVERRIDE: 'manual override',
  NONE: 'no source',
}

/** How sentences for people tell where facts came from. */
export function originWords(origin: Origin): string {
  return ORIGIN_WORDS[origin]
}

const KIND_WORDS: Readonly<Record<FallbackKind, string>> = {
  STATE: 'a valid state, nothing failed',
  DEGRADED: 'the facts are not live, not fresh or not complete',
  FAILED: 'the facts did not come',
}

/** How a fallback's kind is told beside outcomes, one of which is called FAILED too. */
export function kindWords(kind: FallbackKind): string {
  return `kind ${kind} (${KIND_WORDS[kind]})`
}

const TARGET_TYPE_SET: Readonly<Record<TargetType, true>> = {
  QUEUE: true,
  AGENT: true,
  CALLBACK: true,
  VOICEMAIL: true,
  SELF_SERVICE: true,
  EXTERNAL: true,
}

type Some<T> = readonly [T, ...T[]]

export const OUTCOMES = Object.keys(OUTCOME_WORDS) as unknown as Some<TestableOutcome>
export const CAUSES = Object.keys(CAUSE_WORDS) as unknown as Some<Cause>
export const ORIGINS = Object.keys(ORIGIN_WORDS) as unknown as Some<Origin>
export const TARGET_TYPES = Object.keys(TARGET_TYPE_SET) as unknown as Some<TargetType>

/** Arrival fields a policy may declare, with the type rules see; `virtualAgent` and `attributes` apart. */
export const ARRIVAL_FIELDS = {
  channel: 'string',
  dnis: 'string',
  language: 'string',
  ced: 'string',
  ivrChoice: 'string',
  ivrIntent: 'string',
  callerAuth: 'string',
  aniPresentation: 'string',
  aniVerification: 'string',
  transferOf: 'string',
} as const

export type ArrivalField = keyof typeof ARRIVAL_FIELDS

const VERIFICATIONS: Readonly<Record<AniVerification, true>> = {
  NOT_CHECKED: true,
  PASSED_A: true,
  PASSED_B: true,
  PASSED_C: true,
  FAILED: true,
}
const AUTHENTICATIONS: Readonly<Record<CallerAuth, true>> = {
  NONE: true,
  IDENTIFIED: true,
  VERIFIED: true,
}

/** The values of inputs that can have no others, so that a misspelt one is found. */
export const INPUT_VALUES: ReadonlyMap<string, readonly string[]> = new Map([
  ['call.aniPresentation', Object.keys(NO_NUMBER_WORDS)],
  ['call.aniVerification', Object.keys(VERIFICATIONS)],
  ['call.callerAuth', Object.keys(AUTHENTICATIONS)],
])
