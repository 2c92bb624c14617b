/**
 * What a lookup's record says (design §3, §5): what LIVE did, weighed against an override, the cache
 * and the age of the data. Outcome, origin, stale and missing are independent of each other; the cause
 * tells why LIVE gave no answer, also when something else supplied the facts.
 */
import type { Cause, FactValue, LookupSettled, Outcome } from '../../../schemas/records.ts'
import type { DependencyPolicy } from '../../policy/policy.ts'
import { isAnswer, isTimeout, type Live } from './live.ts'
import { fitFacts } from './shape.ts'

/** The last good facts of an identifier. */
export interface CachedFacts {
  readonly facts: { readonly [name: string]: FactValue }
  readonly missing: readonly string[]
  readonly syncedAt: number | null
}

/** A manual override that is in force. */
export interface ActiveOverride {
  readonly facts: { readonly [name: string]: FactValue }
  readonly setAt: number
}

export interface Settling {
  readonly callId: string
  readonly requestNo: number
  readonly dependency: DependencyPolicy
  readonly asked: string
  readonly live: Live
  readonly attempts: number
  readonly latencyMs: number
  readonly budgetMs: number
  readonly cached: CachedFacts | null
  readonly override: ActiveOverride | null
  /** Broker time. */
  readonly now: number
  /** A stamp may be ahead of `now` by so much before it is called impossible. */
  readonly stampAheadMsMax: number
}

type Supply = Pick<LookupSettled, 'origin' | 'facts' | 'missing' | 'syncedAt'>

/** The record of a settled lookup. Total: every combination gives one. */
export function settle(settling: Settling): LookupSettled {
  const { live, cached, override, dependency } = settling
  const cause = causeOf(live)
  const supply = supplyOf(settling)
  const freshness = freshnessOf(supply, settling)
  const substituted = supply.origin === 'CACHE' || supply.origin === 'OVERRIDE'
  const told = [liveText(settling)]
  if (override !== null) told.push('a manual override stands in')
  else if (substituted && cached !== null) told.push('facts come from the cache')
  if (freshness.text !== null) told.push(freshness.text)
  if (supply.missing.length > 0) told.push(`missing: ${supply.missing.join(', ')}`)
  return {
    callId: settling.callId,
    requestNo: settling.requestNo,
    dependency: dependency.name,
    outcome: substituted ? 'FOUND' : outcomeOf(live),
    cause,
    ...supply,
    stale: freshness.stale,
    asked: settling.asked,
    attempts: settling.attempts,
    latencyMs: wholeMs(settling.latencyMs),
    budgetMs: wholeMs(settling.budgetMs),
    detail: told.join('; '),
  }
}

/** Facts served from the cache without asking LIVE, where the dependency says `cache: first`. */
export function settleFromCache(
  settling: Omit<Settling, 'live' | 'cached' | 'override' | 'attempts'>,
  cached: CachedFacts,
): LookupSettled | null {
  const supply = cachedSupply(cached, settling.dependency)
  const { stale } = freshnessOf(supply, settling)
  if (stale) return null
  return {
    callId: settling.callId,
    requestNo: settling.requestNo,
    dependency: settling.dependency.name,
    outcome: 'FOUND',
    cause: null,
    ...supply,
    stale,
    asked: settling.asked,
    attempts: 0,
    latencyMs: wholeMs(settling.latencyMs),
    budgetMs: wholeMs(settling.budgetMs),
    detail: `${settling.dependency.name} was answered from the cache`,
  }
}

function supplyOf({ live, cached, override, dependency }: Settling): Supply {
  if (override !== null) {
    const fitting = fitFacts(override.facts, dependency.facts)
    return { origin: 'OVERRIDE', ...fitting, syncedAt: override.setAt }
  }
  if (live.kind === 'FOUND') {
    const { facts, missing, syncedAt } = live
    return { origin: 'LIVE', facts, missing, syncedAt }
  }
  const answered = isAnswer(live)
  if (!answered && cached !== null) return cachedSupply(cached, dependency)
  return { origin: answered ? 'LIVE' : 'NONE', facts: {}, missing: [], syncedAt: null }
}

function cachedSupply(cached: CachedFacts, { facts: specs }: DependencyPolicy): Supply {
  return { origin: 'CACHE', ...fitFacts(cached.facts, specs), syncedAt: cached.syncedAt }
}

interface Freshness {
  readonly stale: boolean
  readonly text: string | null
}

const FRESH: Freshness = { stale: false, text: null }

/** By the source's own stamp; data without one, or with one from the future, is never called fresh. */
function freshnessOf(
  { origin, syncedAt, facts }: Supply,
  { dependency, now, stampAheadMsMax }: Pick<Settling, 'dependency' | 'now' | 'stampAheadMsMax'>,
): Freshness {
  const { staleAfterMs } = dependency
  if (staleAfterMs === null || origin === 'OVERRIDE' || origin === 'NONE') return FRESH
  if (Object.keys(facts).length === 0) return FRESH
  if (syncedAt === null) return { stale: true, text: 'the source did not say how old the data is' }
  if (syncedAt > now + stampAheadMsMax) {
    return { stale: true, text: 'the source stamped the data with a future time' }
  }
  const ageMs = now - syncedAt
  if (ageMs <= staleAfterMs) return FRESH
  return { stale: true, text: `data synced ${duration(ageMs)} ago` }
}

function outcomeOf(live: Live): Outcome {
  if (live.kind !== 'FAILED') return live.kind
  return isTimeout(live.cause) ? 'TIMED_OUT' : 'FAILED'
}

function causeOf(live: Live): Cause | null {
  return live.kind === 'FAILED' || live.kind === 'SKIPPED' ? live.cause : null
}

function liveText({ dependency, live, latencyMs }: Settling): string {
  const { name } = dependency
  switch (live.kind) {
    case 'FOUND':
      return `${name} answered in ${wholeMs(latencyMs)} ms`
    case 'NO_MATCH':
      return `${name} has no match`
    case 'MULTIPLE_MATCH':
      return `${name} has several matches`
    case 'SKIPPED':
      return `${name} was not asked: ${live.detail}`
    case 'FAILED':
      return `${name} ${live.detail}`
    default:
      return name
  }
}

const WAITED_FOR = {
  QUEUED: 'in line for a free connection',
  CONNECT: 'for a connection',
  RESPONSE: 'for a response',
} as const

/** The words of a timeout, to follow the dependency's name. */
export function timeoutText(phase: keyof typeof WAITED_FOR, budgetMs: number): string {
  return `timed out after ${wholeMs(budgetMs)} ms waiting ${WAITED_FOR[phase]}`
}

const wholeMs = (ms: number): number => Math.max(0, Math.min(2_147_483_647, Math.round(ms)))

const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
] as const

/** A length of time for people, in its largest fitting unit. */
function duration(ms: number): string {
  const [unit, size] = UNITS.find(([, unitMs]) => ms >= unitMs) ?? UNITS[3]
  const count = Math.floor(ms / size)
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}
