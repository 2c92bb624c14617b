import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonical, canonicalBytes } from '../../../services/domain/canonical.ts'

/** The same by the shortest way, for comparison. */
function plain(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(plain).join(',')}]`
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null'
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
  const parts = entries.flatMap(([name, part]) =>
    part === undefined ? [] : [`${JSON.stringify(name)}:${plain(part)}`],
  )
  return `{${parts.join(',')}}`
}

const shuffled = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(shuffled)
  if (value === null || typeof value !== 'object') return value
  const entries = Object.entries(value).toReversed()
  return Object.fromEntries(entries.map(([name, part]) => [name, shuffled(part)]))
}

describe('canonical JSON', () => {
  test('is JSON with keys in order, whatever the value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(canonical(value)).toBe(plain(value))
        expect(canonical(shuffled(value))).toBe(canonical(value))
      }),
    )
  })

  test('is written as the bytes of that text, whatever characters it is of', () => {
    const texts = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }))
    // Half of a surrogate pair has no bytes of its own: JSON escapes it.
    const halves = fc.constantFrom('\ud800', '\udc00x', '"\\\n\u007f\u0080')
    fc.assert(
      fc.property(
        fc.dictionary(texts, fc.oneof(texts, halves, fc.double(), fc.maxSafeInteger())),
        (value) => {
          expect(Buffer.from(canonicalBytes(value)).equals(Buffer.from(plain(value)))).toBe(true)
        },
      ),
    )
  })

  test('needs no room that it had before', () => {
    for (const length of [20_000, 40_000, 2_000_000, 3]) {
      for (const unit of ['a', 'ü', '"']) {
        const value = { list: [unit.repeat(length), 1], unit }
        expect(canonical(value) === plain(value)).toBe(true)
      }
    }
  })

  test('leaves out what is undefined', () => {
    expect(canonical({ b: undefined, a: [undefined, 1] })).toBe('{"a":[null,1]}')
  })

  test('orders keys that came in another order before', () => {
    for (const value of [
      { a: 1, c: 2, b: 3 },
      { a: 1, b: 3, c: 2 },
      { c: 2, a: 1, b: 3 },
      { a: 1 },
    ]) {
      expect(canonical(value)).toBe(plain(value))
    }
  })

  test('stays right beyond the number of shapes it remembers', () => {
    for (let index = 0; index < 500; index += 1) {
      const value = { [`k${index}`]: 1, a: index }
      expect(canonical(value)).toBe(plain(value))
      const same = { first: 0, [`z${index}`]: 1, b: 2 }
      expect(canonical(same)).toBe(plain(same))
    }
  })
})
