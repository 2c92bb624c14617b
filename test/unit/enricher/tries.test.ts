import { describe, expect, it } from 'vitest'
import { createBreaker } from '../../../services/enricher/core/breaker.ts'
import { failure } from '../../../services/enricher/core/live.ts'
import { Tries } from '../../../services/enricher/tries.ts'
import { CRM } from './world.ts'

const LIMIT = { failuresMax: 3, openMs: 1000, holdMsMax: 5000 }

/** So many lookups of a dependency that never answers, each given `remainingMs`. */
function silence(lookups: number, remainingMs: number) {
  const breaker = createBreaker(LIMIT)
  const clock = { nowMs: () => 0, after: () => () => undefined }
  const ignore = (): void => undefined
  const logger = { debug: ignore, info: ignore, warn: ignore, error: ignore }
  for (let count = 0; count < lookups; count += 1) {
    const connector = { ask: () => Promise.withResolvers<never>().promise }
    const tries = new Tries({ connector, breaker, clock, logger } as never)
    void tries.begin({
      question: {},
      policy: CRM,
      remainingMs,
      trial: false,
      reached: ignore,
    })
    tries.timedOut(failure('RESPONSE', 'timed out'))
  }
  return breaker.state(0)
}

describe('what a timeout says of a dependency', () => {
  it('opens the breaker when it had its whole timeout', () => {
    expect(silence(LIMIT.failuresMax, CRM.timeoutMs)).toBe('OPEN')
  })

  it('says nothing when the call was read too late to leave it its timeout', () => {
    expect(silence(10 * LIMIT.failuresMax, 0.8 * CRM.timeoutMs)).toBe('CLOSED')
  })
})
