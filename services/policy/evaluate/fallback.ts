/** Which fallback stands in for a settled lookup, and how it is told (design §3, §6). */
import type { FactValue, FallbackKind, UsedLookup } from '../../../schemas/records.ts'
import type { Facts } from '../../domain/facts.ts'
import type { FallbackDocument } from '../document.ts'
import { own } from './view.ts'

/** What a sentence may be filled with. */
export interface Telling {
  readonly lookup: UsedLookup
  readonly waitedMs: number
  readonly target: string
  /** The call's `aniPresentation` as rules see it; undefined where the policy does not keep it. */
  readonly presentation: FactValue | undefined
}

export interface FallbackEntry {
  readonly reason: string
  readonly facts: Facts
  readonly flags: readonly string[]
  readonly sentence: (telling: Telling) => string
}

/** The part of a lookup that fallbacks are chosen by. */
export type Ending = Pick<UsedLookup, 'outcome' | 'cause' | 'origin' | 'stale' | 'missing'>

/** False for facts that are live, fresh and complete: they stand for themselves. */
export function needsFallback({ outcome, origin, stale, missing }: Ending): boolean {
  const secondHand = origin === 'CACHE' || origin === 'OVERRIDE'
  return outcome !== 'FOUND' || stale || secondHand || missing.length > 0
}

export interface FallbackChoice {
  /** The index in the policy's list of the entry that answers; -1 where none does. */
  (ending: Ending): number
}

/** Most specific first: the entry that names most conditions, then the earlier one. */
export function compileChoice(entries: readonly FallbackDocument[]): FallbackChoice {
  const ranked = rank(entries)
  return (ending) => ranked.find(({ matches }) => matches(ending))?.index ?? -1
}

/** The indexes of all entries that fit an ending, the one that answers first. */
export function fitting(entries: readonly FallbackDocument[], ending: Ending): number[] {
  return rank(entries).flatMap(({ matches, index }) => (matches(ending) ? [index] : []))
}

function rank(entries: readonly FallbackDocument[]) {
  return entries
    .map(({ when }, index) => ({ matches: compileWhen(when), weight: specificity(when), index }))
    .toSorted((left, right) => right.weight - left.weight || left.index - right.index)
}

type When = FallbackDocument['when']

/** Facts by name say more than that any is missing. */
export function specificity(when: When): number {
  const conditions = Object.values(when).filter((condition) => condition !== undefined).length
  return conditions * 2 + (Array.isArray(when.missing) ? 1 : 0)
}

function compileWhen(when: When): (ending: Ending) => boolean {
  const tests: ((ending: Ending) => boolean)[] = []
  const among = (values: string | readonly string[]) => new Set<string>([values].flat())
  if (when.outcome !== undefined) {
    const set = among(when.outcome)
    tests.push(({ outcome }) => set.has(outcome))
  }
  if (when.cause !== undefined) {
    const set = among(when.cause)
    tests.push(({ cause }) => cause !== null && set.has(cause))
  }
  if (when.origin !== undefined) {
    const set = among(when.origin)
    tests.push(({ origin }) => set.has(origin))
  }
  if (when.stale !== undefined) tests.push(({ stale }) => stale === when.stale)
  const { missing } = when
  if (typeof missing === 'boolean') tests.push((ending) => ending.missing.length > 0 === missing)
  else if (missing !== undefined) {
    tests.push((ending) => ending.missing.some((name) => missing.includes(name)))
  }
  return (ending) => tests.every((test) => test(ending))
}

/** The facts of an entry that the lookup itself did not give. */
export function substituted(entry: FallbackEntry, lookup: UsedLookup): Facts {
  const given: Record<string, FactValue> = {}
  for (const name of Object.keys(entry.facts)) {
    if (own(lookup.facts, name) === null) given[name] = entry.facts[name] ?? null
  }
  return given
}

/**
 * How bad it is (design §2). `needed` is the kind of the fallback of the lookup whose fact was awaited:
 * null when that one had none, undefined when nothing is awaited or it is pending. What is not asked
 * because of a valid state elsewhere is itself a valid state.
 */
export function kindOf(lookup: Ending, needed: FallbackKind | null | undefined): FallbackKind {
  const secondHand = lookup.origin === 'CACHE' || lookup.origin === 'OVERRIDE'
  if (lookup.outcome === 'FOUND') return 'DEGRADED'
  if (lookup.outcome === 'NO_MATCH' || lookup.outcome === 'MULTIPLE_MATCH') {
    return secondHand || lookup.stale ? 'DEGRADED' : 'STATE'
  }
  if (lookup.outcome !== 'SKIPPED') return 'FAILED'
  if (lookup.cause === 'CALLER_WITHHELD') return 'STATE'
  if (lookup.cause !== 'NEEDS_UNMET' || needed === undefined) return 'FAILED'
  return needed === null || needed === 'STATE' ? 'STATE' : 'FAILED'
}
