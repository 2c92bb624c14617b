import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { endOfPacked, pack, UNIT_BYTES_MAX, unpack } from '../../../services/domain/packed-text.ts'

/** Texts of every kind, half a pair of UTF-16 among them, and of digits in runs of any length. */
const text = fc
  .array(
    fc.oneof(
      fc.stringMatching(/^[0-9a-f]{0,140}$/u),
      fc.string({ unit: 'binary', maxLength: 6 }),
      fc.constantFrom('\ud800', '\u0080', '\u00ff', '\uffff', '\u0000', '-', ' '),
      fc.uuid(),
      fc.uuid().map((one) => `${one}0-${one.slice(1)}`),
    ),
    { maxLength: 5 },
  )
  .map((parts) => parts.join(''))

const FROM = 3

/** Into room full of what was there before. */
function packed(one: string): Uint8Array {
  const room = new Uint8Array(FROM + UNIT_BYTES_MAX * one.length + 1).fill(0xff)
  const end = pack(room, FROM, one)
  expect(end).toBeLessThanOrEqual(room.length)
  return room.subarray(FROM, end)
}

/** The same with a unit left out, doubled or made another, or with more behind it. */
function nearOf(one: string, where: number, how: number): string | null {
  if (one.length === 0) return null
  const at = where % one.length
  const [before, unit, behind] = [one.slice(0, at), one.charAt(at), one.slice(at + 1)]
  const middle = ['', unit + unit, unit === '0' ? '-' : '0', unit][how] ?? ''
  return before + middle + behind + (how === 3 ? '0' : '')
}

describe('a packed text', () => {
  test('gives itself again, and tells where it ends, whatever comes behind it', () => {
    fc.assert(
      fc.property(text, fc.uint8Array({ maxLength: 3 }), (one, behind) => {
        const bytes = new Uint8Array([...packed(one), ...behind])
        expect(unpack(bytes, 0)).toBe(one)
        expect(endOfPacked(bytes, 0)).toBe(bytes.length - behind.length)
      }),
      { numRuns: 500 },
    )
  })

  test('is the start of no other: equal bytes are equal texts', () => {
    fc.assert(
      fc.property(text, fc.nat(), fc.nat(3), text, (one, where, how, random) => {
        const other = nearOf(one, where, how) ?? random
        const [short, long] = [packed(one), packed(other)]
        const isStart = short.every((byte, at) => byte === long[at])
        expect(isStart).toBe(one === other)
      }),
      { numRuns: 500 },
    )
  })

  test.each([
    ['1 2f1c7d7e-3b5a-4f6d-8c9e-0a1b2c3d4e5f', 20],
    ['2F1C7D7E-3b5a-4f6d-8c9e-0a1b2c3d4e5f', 29],
    ['2f1c7d7e-3b5a-4f6d-8c9e-0a1b2c3d4e5', 26],
    ['0123456789abcdef0123456789abcdef', 18],
    ['123456', 5],
    ['switch-7', 9],
    ['ABCDEF', 7],
    ['é', 4],
    ['', 1],
  ])('%s takes %i bytes', (one, bytes) => {
    expect(packed(one)).toHaveLength(bytes)
  })
})
