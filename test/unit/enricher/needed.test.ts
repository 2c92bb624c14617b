/** For how long what other dependencies settled is kept, while policies are published. */
import { expect, test } from 'vitest'
import { neededFacts } from '../../../services/enricher/needed.ts'
import type { Policy } from '../../../services/policy/policy.ts'
import { BILLING, CRM, policyOf } from './world.ts'

interface Version {
  readonly policy: Policy
  readonly activeFrom: number
}

const SKEW_MS = 50

function neededBy(windowMs: number) {
  const version = (ms: number): Version => ({ policy: policyOf([CRM, BILLING], ms), activeFrom: 0 })
  const all = [version(windowMs)]
  const listeners: ((accepted: Version) => void)[] = []
  const needed = neededFacts(
    {
      dependency: 'billing',
      policyAt: () => version(windowMs).policy,
      versions: { all: () => all, subscribe: (listener) => void listeners.push(listener) },
      settings: { maxClockSkewMs: SKEW_MS },
    },
    () => undefined,
  )
  const publish = (ms: number): void => {
    all.push(version(ms))
    for (const listener of listeners) listener(version(ms))
  }
  return { needed, publish }
}

test('as long as the longest window that may govern a call, and as brokers may differ', () => {
  const { needed, publish } = neededBy(2500)
  expect(needed.keptMs()).toBe(2500 + SKEW_MS)
  publish(9000)
  expect(needed.keptMs()).toBe(9000 + SKEW_MS)
  publish(1000)
  expect(needed.keptMs()).toBe(9000 + SKEW_MS)
})
