/** Where and when a fault test lets an enricher die. */
import { describe, expect, it } from 'vitest'
import { CrosspointError } from '../../../services/errors.ts'
import { crashPointOf } from '../../../services/enricher/crash.ts'

/** After how many lookups it dies; null when it does not within ten. */
function diesAt(env: Record<string, string>): number | null {
  let died = false
  const crashPoint = crashPointOf(env, () => (died = true))
  for (let lookup = 1; lookup <= 10; lookup++) {
    crashPoint?.('after-lookup')
    if (died) return lookup
    crashPoint?.('after-publish')
  }
  return null
}

describe('A crash that is asked for', () => {
  it('comes at the named point, at the lookup that is named, the first by default', () => {
    expect(diesAt({})).toBeNull()
    expect(diesAt({ CRASH_AT: '3' })).toBeNull()
    expect(diesAt({ CRASH_POINT: 'after-lookup' })).toBe(1)
    expect(diesAt({ CRASH_POINT: 'after-lookup', CRASH_AT: '' })).toBe(1)
    expect(diesAt({ CRASH_POINT: 'after-lookup', CRASH_AT: '3' })).toBe(3)
  })

  it.each(['x', '0', '-1', '1.5', '1e3', ' 2', 'Infinity'])('is refused at lookup %j', (at) => {
    for (const CRASH_POINT of ['', 'after-publish']) {
      const ask = () => crashPointOf({ CRASH_POINT, CRASH_AT: at }, () => {})
      expect(ask).toThrow(CrosspointError)
      expect(ask).toThrow(expect.objectContaining({ code: 'XP_SETTING_INVALID' }))
    }
  })

  it('is refused at a point there is none of', () => {
    const ask = () => crashPointOf({ CRASH_POINT: 'anywhere' }, () => {})
    expect(ask).toThrow(expect.objectContaining({ code: 'XP_SETTING_INVALID' }))
  })
})
