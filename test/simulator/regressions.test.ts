import { expect, test } from 'vitest'
import { REGRESSIONS } from './regressions.ts'
import { report, simulate } from './simulate.ts'

test('seeds that once broke a promise keep it', async () => {
  const broken: string[] = []
  for (const { seed, calls } of REGRESSIONS) {
    const result = await simulate(seed, calls)
    if (result.judgement.violations.length > 0) broken.push(report(result))
  }
  expect(broken.join('\n\n')).toBe('')
})
