/** Sentences of fallbacks, filled in. */
import { describe, expect, test } from 'vitest'
import { compileSentence } from '../../../services/policy/sentence.ts'
import { lookupSettled } from '../../records.ts'
import { usedLookup } from '../../../services/domain/used-lookup.ts'

const telling = {
  lookup: usedLookup(
    lookupSettled({ dependency: 'crm', budgetMs: 2000, missing: ['tier', 'name'] }),
    0,
    0,
  ),
  waitedMs: 1234,
  target: 'general',
  presentation: undefined,
}

describe('a sentence', () => {
  test.each([
    ['', ''],
    ['nothing to fill', 'nothing to fill'],
    ['{target}', 'general'],
    ['{dependency}{target}', 'crmgeneral'],
    [
      '{target} after {waitedMs} of {budgetMs} ms, {target}',
      'general after 1234 of 2000 ms, general',
    ],
    ['without {missing}', 'without tier, name'],
    ['braces {} and {unknown} and { stay', 'braces {} and {unknown} and { stay'],
    ['$& $1 {target} $&', '$& $1 general $&'],
  ])('%j', (sentence, filled) => {
    expect(compileSentence(sentence)(telling)).toBe(filled)
  })

  test.each([
    ['RESTRICTED', 'the caller withholds the number'],
    ['UNAVAILABLE', 'no number was sent'],
    ['ALLOWED', 'no number was sent'],
    // Dropped by the policy, or kept as a token only.
    [undefined, 'number withheld or not sent'],
    ['0f3a', 'number withheld or not sent'],
  ])('tells why there is no number to ask with: %s', (presentation, words) => {
    const lookup = { ...telling.lookup, cause: 'CALLER_WITHHELD' as const }
    const tell = compileSentence('not asked: {cause}')
    expect(tell({ ...telling, lookup, presentation })).toBe(`not asked: ${words}`)
  })

  test('a target with signs of a pattern stands there as it is', () => {
    expect(compileSentence('to {target}')({ ...telling, target: '$& {x}' })).toBe('to $& {x}')
  })
})
