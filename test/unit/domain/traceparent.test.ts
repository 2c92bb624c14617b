/** Which trace headers travel on. */
import { describe, expect, it } from 'vitest'
import { traceparentOf } from '../../../services/domain/traceparent.ts'

const GOOD = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

describe('A trace header from outside', () => {
  it('goes on untouched when it has the W3C shape', () => {
    const given = bytes(GOOD)
    expect(traceparentOf(given)).toBe(given)
  })

  it.each([
    ['nothing', ''],
    ['a short one', '00-abc-def-01'],
    ['one character more', `${GOOD}0`],
    ['a line break after it', `${GOOD.slice(0, -1)}\n`],
    ['another version', `01${GOOD.slice(2)}`],
    ['capital letters', GOOD.toUpperCase()],
    ['a letter that is no hexadecimal digit', GOOD.replace('4bf', '4bg')],
    ['other dashes', GOOD.replaceAll('-', '_')],
    ['55 bytes that are not ASCII', `${GOOD.slice(0, -2)}é`],
    ['something huge', 'a'.repeat(1_000_000)],
  ])('is dropped when it is %s', (_what, text) => {
    expect(traceparentOf(bytes(text))).toBeNull()
  })

  it('may be absent', () => {
    expect(traceparentOf(null)).toBeNull()
  })
})
