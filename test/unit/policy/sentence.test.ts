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

  test('a target with signs of a pattern stands there as it is', () => {
    expect(compileSentence('to {target}')({ ...telling, target: '$& {x}' })).toBe('to $& {x}')
  })
})
