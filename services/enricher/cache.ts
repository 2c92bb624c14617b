/**
 * The last good facts per identifier, for when LIVE fails. Keys are hashes, so no identifier of a
 * caller is kept in clear; entries are bounded in number and age.
 */
import { LRUCache } from 'lru-cache'
import type { Clock } from '../platform/ports.ts'
import type { Question } from './core/question.ts'
import type { CachedFacts } from './core/settle.ts'

export interface FactsCache {
  get(question: Question): CachedFacts | null
  put(question: Question, facts: CachedFacts): void
  /** The source says there is no such record any more. */
  drop(question: Question): void
}

export interface CacheOptions {
  readonly entriesMax: number
  /** Entries older than this are gone, however much LIVE fails. */
  readonly ttlMs: number
  readonly clock: Clock
  readonly hash: (text: string) => string
}

export function createFactsCache(options: CacheOptions): FactsCache {
  const entries = new LRUCache<string, CachedFacts>({
    // By size, an entry being one: for `max` the library takes room for all at once.
    maxSize: options.entriesMax,
    sizeCalculation: () => 1,
    ttl: options.ttlMs,
    // The library reads its clock through this; without a resolution it sets no timer of its own.
    ttlResolution: 0,
    perf: { now: () => options.clock.nowMs() },
  })
  const keyOf = (question: Question): string =>
    options.hash(JSON.stringify(Object.entries(question).toSorted(([a], [b]) => (a < b ? -1 : 1))))

  return {
    get: (question) => entries.get(keyOf(question)) ?? null,
    put: (question, facts) => void entries.set(keyOf(question), facts),
    drop: (question) => void entries.delete(keyOf(question)),
  }
}

/** For dependencies that must not be answered from memory. */
export const NO_CACHE: FactsCache = { get: () => null, put: () => {}, drop: () => {} }
