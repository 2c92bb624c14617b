import { expect, test } from 'vitest'
import { createFactsCache } from '../../../services/enricher/cache.ts'
import type { CachedFacts } from '../../../services/enricher/core/settle.ts'

const clock = { nowMs: () => 1000, after: () => () => undefined }
const facts = (tier: string): CachedFacts => ({ facts: { tier }, missing: [], syncedAt: null })

test('keeps as many entries as it may, those that were asked for last', () => {
  const cache = createFactsCache({ entriesMax: 3, ttlMs: 1000, clock, hash: (text) => text })
  for (const id of ['a', 'b', 'c']) cache.put({ id }, facts(id))
  cache.get({ id: 'a' })
  cache.put({ id: 'd' }, facts('d'))
  const kept = ['a', 'b', 'c', 'd'].filter((id) => cache.get({ id }) !== null)
  expect(kept).toEqual(['a', 'c', 'd'])
})

test('an entry put again takes no second place', () => {
  const cache = createFactsCache({ entriesMax: 2, ttlMs: 1000, clock, hash: (text) => text })
  cache.put({ id: 'a' }, facts('old'))
  cache.put({ id: 'b' }, facts('b'))
  cache.put({ id: 'a' }, facts('new'))
  expect(cache.get({ id: 'a' })).toEqual(facts('new'))
  expect(cache.get({ id: 'b' })).not.toBeNull()
})
