import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createClock } from '../../../services/platform/clock.ts'
import { hash } from '../../../services/platform/hash.ts'
import { createPrivacy, generateTokenKey, maskNumber } from '../../../services/platform/privacy.ts'

describe('tokens', () => {
  const privacy = createPrivacy({ id: 'k1', secret: 's'.repeat(32) })

  test('the same value and key give the same token; another key gives another', () => {
    const other = createPrivacy({ id: 'k2', secret: 't'.repeat(32) })
    expect(privacy.token('+14155550123')).toBe(privacy.token('+14155550123'))
    expect(privacy.token('+14155550123')).not.toBe(other.token('+14155550123'))
    expect(privacy.token('+14155550123')).toMatch(/^[\da-f]{32}$/u)
    expect(privacy.keyId).toBe('k1')
  })

  test('a token is an HMAC-SHA-256, whatever the lengths of key and value', () => {
    const text = fc.string({ unit: 'binary', maxLength: 200 })
    fc.assert(
      fc.property(text, text, (secret, value) => {
        const whole = createHmac('sha256', secret).update(value).digest('hex')
        const keyed = createPrivacy({ id: 'k1', secret })
        expect(keyed.token(value)).toBe(whole.slice(0, 32))
        // Nothing of what another value left behind goes into it.
        keyed.token(`${value}${value}`)
        expect(keyed.token(value)).toBe(whole.slice(0, 32))
      }),
    )
  })

  test('a generated key differs from run to run', () => {
    expect(generateTokenKey().secret).not.toBe(generateTokenKey().secret)
  })

  test('a mask shows two digits at most, and none of a short number', () => {
    expect(maskNumber('+14155550123')).toBe('+*********23')
    expect(maskNumber('112')).toBe('***')
    fc.assert(
      fc.property(fc.stringMatching(/^\+?\d{0,15}$/u), (number) => {
        expect(maskNumber(number).replaceAll(/\D/gu, '').length).toBeLessThanOrEqual(2)
      }),
    )
  })
})

test('hash: the first 32 hexadecimal characters of SHA-256 of the UTF-8 text', () => {
  expect(hash('abc')).toBe('ba7816bf8f01cfea414140de5dae2223')
  expect(hash('ü')).not.toBe(hash('u'))
})

test('clock: never goes back, and a cancelled timer does not run', async () => {
  const clock = createClock({ keepAlive: true })
  const before = clock.nowMs()
  let ran = false
  const cancel = clock.after(0, () => (ran = true))
  cancel()
  await new Promise<void>((resolve) => void clock.after(1, resolve))
  expect(ran).toBe(false)
  expect(clock.nowMs()).toBeGreaterThanOrEqual(before)
})
