import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isAscii, isAsciiAt } from '../../../services/platform/ascii.ts'

const texts = fc.oneof(fc.string({ unit: 'binary-ascii' }), fc.string({ unit: 'binary' }))

test('bytes are a text when they are its characters in ASCII, and never otherwise', () => {
  fc.assert(
    fc.property(texts, texts, (one, other) => {
      const bytes = Buffer.from(one)
      // oxlint-disable-next-line no-control-regex -- all of ASCII
      expect(isAscii(bytes, one)).toBe(/^[\u0000-\u007f]*$/u.test(one))
      if (one !== other) expect(isAscii(bytes, other)).toBe(false)
    }),
  )
})

test('bytes past the end are no text', () => {
  expect(isAsciiAt(Buffer.from('abc'), 1, 2, 'bc')).toBe(true)
  expect(isAsciiAt(Buffer.from('abc'), 2, 2, 'cd')).toBe(false)
  expect(isAsciiAt(Buffer.from('abc'), 1, 1, 'bc')).toBe(false)
})
