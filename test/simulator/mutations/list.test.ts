/** The list must not rot: what is to be broken must still be there, and still be code once it is. */
import { stripTypeScriptTypes } from 'node:module'
import { describe, expect, test } from 'vitest'
import { MUTATIONS } from './list.ts'
import { changesOf, mutated, readSource } from './mutation.ts'
import { RULES } from './rules.ts'

describe('every mutation', () => {
  test.each(MUTATIONS.map((one) => [one.id, one] as const))('%s finds its text once', (_, one) => {
    for (const { file } of changesOf(one)) {
      expect(() => stripTypeScriptTypes(mutated(readSource(file), file, one))).not.toThrow()
    }
  })

  test('has a name of its own', () => {
    expect(new Set(MUTATIONS.map(({ id }) => id)).size).toBe(MUTATIONS.length)
  })

  test('belongs to a rule, and every rule has one', () => {
    const broken = new Set<string>(MUTATIONS.map(({ rule }) => rule))
    expect(Object.keys(RULES).filter((rule) => !broken.has(rule))).toEqual([])
    const numbered = Array.from({ length: 11 }, (_, index) => `§4.${index + 1}`)
    expect(Object.keys(RULES)).toEqual(expect.arrayContaining(numbered))
  })
})
