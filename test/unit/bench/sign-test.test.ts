import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { signsOf } from '../../bench/page/sign-test.ts'

const pairs = (lower: number, higher: number, equal = 0) => [
  ...Array.from({ length: lower }, () => [1, 2] as const),
  ...Array.from({ length: higher }, () => [2, 1] as const),
  ...Array.from({ length: equal }, () => [1, 1] as const),
]

describe('which of two is lower', () => {
  test.each([
    [5, 0, 'lower'],
    [4, 0, null],
    [7, 1, 'lower'],
    [6, 2, null],
    [1, 7, 'higher'],
    [0, 0, null],
  ])('%i lower and %i higher: %s', (lower, higher, ours) => {
    expect(signsOf(pairs(lower, higher))).toEqual({ lower, higher, ours })
  })

  test('equals change nothing, and who is who only turns the verdict round', () => {
    const count = fc.integer({ min: 0, max: 30 })
    fc.assert(
      fc.property(count, count, count, (lower, higher, equal) => {
        const { ours } = signsOf(pairs(lower, higher))
        expect(signsOf(pairs(lower, higher, equal)).ours).toBe(ours)
        const turned = { lower: 'higher', higher: 'lower' } as const
        expect(signsOf(pairs(higher, lower)).ours).toBe(ours === null ? null : turned[ours])
      }),
    )
  })

  test('two that are alike get a verdict in at most two of twenty runs, one for each', () => {
    const all = Array.from({ length: 2 ** 8 }, (_, bits) => {
      const lower = bits.toString(2).replaceAll('0', '').length
      return pairs(lower, 8 - lower)
    })
    const decided = all.filter((one) => signsOf(one).ours !== null)
    expect(decided.length / all.length).toBeLessThanOrEqual(2 / 20)
  })
})
