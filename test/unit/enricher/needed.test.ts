/** For how long what other dependencies settled is kept, while policies are published. */
import { expect, test } from 'vitest'
import { neededFacts } from '../../../services/enricher/needed.ts'
import { versionsFrom } from './versions.ts'
import { BILLING, CRM } from './world.ts'

const SKEW_MS = 50

test('as long as the longest window that may govern a call, and as brokers may differ', () => {
  const { publish, ...policies } = versionsFrom([CRM, BILLING], 2500)
  const settings = { maxClockSkewMs: SKEW_MS }
  const needed = neededFacts({ dependency: 'billing', settings, ...policies }, () => undefined)
  expect(needed.keptMs()).toBe(2500 + SKEW_MS)
  publish([CRM, BILLING], 1000, 9000)
  expect(needed.keptMs()).toBe(9000 + SKEW_MS)
  publish([CRM, BILLING], 2000, 1000)
  expect(needed.keptMs()).toBe(9000 + SKEW_MS)
})
