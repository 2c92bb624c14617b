/** Stale facts, the cache and overrides: design §5. */
import type { Mutation } from './mutation.ts'
import { faulty } from './where.ts'

const shell = 'test/unit/enricher/enricher.test.ts'
const cacheFirst = 'test/unit/enricher/cache-first.test.ts'
const NO_CACHE_FIRST = 'no dependency of a world says so'
const HIDDEN = 'what a source says to whom is hidden from the judge'
const ill = faulty({ kind: 'dependency' })

export const FRESHNESS: readonly Mutation[] = [
  {
    id: 'stale-untold',
    rule: '§5 Freshness',
    broken: 'old data is passed off as fresh',
    file: 'services/enricher/core/settle.ts',
    find: 'if (ageMs <= staleAfterMs) return FRESH',
    put: 'if (ageMs >= 0) return FRESH',
  },
  {
    id: 'cache-unused',
    rule: '§5 Freshness',
    broken: 'the last good facts are not served when LIVE fails',
    file: 'services/enricher/core/settle.ts',
    find: 'if (!answered && cached !== null)',
    put: "if (!answered && cached !== null && live.kind === 'SKIPPED')",
    seenBy: { test: shell, because: HIDDEN },
  },
  {
    id: 'override-loses',
    rule: '§5 Freshness',
    broken: 'a manual override stands in only where LIVE gave nothing',
    file: 'services/enricher/core/settle.ts',
    find: 'if (override !== null) {\n',
    put: "if (override !== null && live.kind !== 'FOUND') {\n",
    where: faulty({ kind: 'override' }),
  },
  {
    id: 'override-loses-to-cache',
    rule: '§5 Freshness',
    broken: 'a manual override stands in only where the cache has nothing',
    file: 'services/enricher/core/settle.ts',
    find: 'if (override !== null) {\n',
    put: 'if (override !== null && cached === null) {\n',
    where: faulty({ kind: 'override' }),
  },
  {
    id: 'override-never-expires',
    rule: '§5 Freshness',
    broken: 'a manual override stands in beyond its expiry',
    file: 'services/enricher/override.ts',
    find: 'return found.expiresAt !== null && found.expiresAt <= now ? null : found',
    put: 'return found',
    where: faulty({ kind: 'override' }),
  },
  {
    id: 'override-waits-for-live',
    rule: '§5 Freshness',
    broken: 'while an override stands a hanging LIVE is waited for to the end of its budget',
    file: 'services/enricher/lookups.ts',
    find: 'return options.overrides.active(name, endsAt) === null ? null : endsAt',
    put: 'return null',
    seenBy: { test: shell, because: 'a budget is no longer than it would be without' },
  },
  {
    id: 'cache-before-live',
    rule: '§5 Freshness',
    broken: 'the cache is read before LIVE though its dependency does not say `cache: first`',
    file: 'services/enricher/lookups.ts',
    find: "options.settings.cache === 'first' && fromCache(",
    put: 'fromCache(',
  },
  {
    id: 'cache-first-ignored',
    rule: '§5 Freshness',
    broken: 'LIVE is asked though its dependency says `cache: first` and the cache has fresh facts',
    file: 'services/enricher/lookups.ts',
    find: "!overridden && options.settings.cache === 'first' && fromCache(options, job, asked)",
    put: '!overridden && false',
    seenBy: { test: cacheFirst, because: NO_CACHE_FIRST },
  },
  {
    id: 'cache-first-stale',
    rule: '§5 Freshness',
    broken: 'with `cache: first` LIVE is not asked however old the facts in the cache are',
    file: 'services/enricher/core/settle.ts',
    find: 'if (stale) return null\n',
    put: '',
    seenBy: { test: cacheFirst, because: NO_CACHE_FIRST },
  },
  {
    id: 'cause-hidden-by-cache',
    rule: '§5 Freshness',
    broken: 'what LIVE did is not told where the cache stands in',
    file: 'services/enricher/core/settle.ts',
    find: 'const cause = causeOf(live)',
    put: 'const cause = settling.cached === null ? causeOf(live) : null',
    where: ill,
  },
  {
    id: 'cause-hidden',
    rule: '§5 Freshness',
    broken: 'what LIVE did is not told where an override stands in',
    file: 'services/enricher/core/settle.ts',
    find: 'const cause = causeOf(live)',
    put: 'const cause = settling.override === null ? causeOf(live) : null',
    seenBy: { test: shell, because: HIDDEN },
  },
]
