import { expect, test } from 'vitest'
import { quickest } from '../../bench/parts/finalists.ts'
import { phase } from './made-up-results.ts'

const tried = (setting: string, ...p99s: readonly number[]) =>
  p99s.map((p99, at) => ({ setting, value: '1', measured: phase('streams', 278 + at, { p99 }) }))

test('the quickest are so by all rates together, and no rate counts more than another', () => {
  const all = [...tried('a', 10, 100), ...tried('b', 20, 40), ...tried('c', 12, 90)]
  expect(quickest(all, 2).map(({ setting }) => setting)).toEqual(['b', 'a'])
})

test('what was not measured at every rate is none of them', () => {
  const all = [...tried('a', 1), ...tried('b', 20, 40)]
  expect(quickest(all, 2).map(({ setting }) => setting)).toEqual(['b'])
})
