/** Sentences of fallbacks: the owner's words, filled in from the lookup they speak of. */
import type { Telling } from './evaluate/fallback.ts'
import { causeWords, originWords, outcomeWords } from './words.ts'

const FILLERS: Readonly<Record<string, Filler>> = {
  dependency: ({ lookup }) => lookup.dependency,
  outcome: ({ lookup }) => outcomeWords(lookup.outcome),
  cause: ({ lookup, presentation }) =>
    lookup.cause === null ? 'no cause told' : causeWords(lookup.cause, presentation),
  waitedMs: ({ waitedMs }) => String(waitedMs),
  budgetMs: ({ lookup }) => String(lookup.budgetMs),
  origin: ({ lookup }) => originWords(lookup.origin),
  syncedAt: ({ lookup }) => timeWords(lookup.syncedAt),
  missing: ({ lookup }) => (lookup.missing.length === 0 ? 'nothing' : lookup.missing.join(', ')),
  target: ({ target }) => target,
}

export const PLACEHOLDERS = Object.keys(FILLERS)

const PLACEHOLDER = /\{([^{}]*)\}/g

/** The placeholders of a sentence that nothing fills. */
export function unknownPlaceholders(sentence: string): string[] {
  const named = [...sentence.matchAll(PLACEHOLDER)].map(([, name = '']) => name)
  return named.filter((name) => !Object.hasOwn(FILLERS, name))
}

/**
 * Compiles a sentence whose placeholders were checked. Facts that are not live always tell their source
 * and how old they are, whether or not the owner thought of it.
 */
export function compileSentence(sentence: string): (telling: Telling) => string {
  const tellsSource = sentence.includes('{origin}') && sentence.includes('{syncedAt}')
  const parts = partsOf(sentence)
  return (telling) => {
    let filled = ''
    for (const part of parts) filled += typeof part === 'string' ? part : part(telling)
    const { origin, syncedAt } = telling.lookup
    const secondHand = origin === 'CACHE' || origin === 'OVERRIDE'
    if (tellsSource || !secondHand) return filled
    return `${filled} (source ${originWords(origin)}, synced ${timeWords(syncedAt)})`
  }
}

type Filler = (telling: Telling) => string

/** Texts as they are, and what fills the places between them. */
function partsOf(sentence: string): (string | Filler)[] {
  const parts: (string | Filler)[] = []
  let from = 0
  for (const { 0: whole, 1: name = '', index } of sentence.matchAll(PLACEHOLDER)) {
    parts.push(sentence.slice(from, index), FILLERS[name] ?? whole)
    from = index + whole.length
  }
  return [...parts, sentence.slice(from)]
}

/** A time in milliseconds since 1970 as ISO 8601 in UTC, to the second. */
function timeWords(timeMs: number | null): string {
  if (timeMs === null) return 'at an unknown time'
  const time = new Date(timeMs)
  return Number.isNaN(time.getTime()) ? 'at an unknown time' : `${time.toISOString().slice(0, 19)}Z`
}
