import { expect, test } from 'vitest'
import { keptPlans } from './kept.ts'
import { REGRESSIONS } from './regressions.ts'
import { play, report, simulate, type SeedResult } from './simulate.ts'

const storiesOf = (results: readonly SeedResult[]): string =>
  results
    .filter(({ judgement }) => judgement.violations.length > 0)
    .map((result) => report(result))
    .join('\n\n')

test('seeds that once broke a promise keep it', async () => {
  const results: SeedResult[] = []
  for (const { seed, calls } of REGRESSIONS) results.push(await simulate(seed, calls))
  expect(storiesOf(results)).toBe('')
})

test('plans that once broke a promise keep it', async () => {
  const results: SeedResult[] = []
  for (const { plan } of keptPlans()) results.push(await play(plan))
  expect(results.length).toBeGreaterThan(0)
  expect(storiesOf(results)).toBe('')
})
