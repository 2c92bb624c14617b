import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createRoll } from '../../../services/domain/roll.ts'
import { pack } from '../../../services/domain/packed-text.ts'
import { bytesHash } from '../../../services/domain/text-hash.ts'

/** Texts of every kind, half a pair of UTF-16 among them; few, so that they come again. */
const text = fc.oneof(
  fc.integer({ min: 0, max: 60 }).map((n) => `1 call-${n}`),
  fc.constantFrom('', ' ', 'é', '\u0000', '\ud800', '\ufffd', '\u007f', '\u0080', '日本', '😀'),
)
const step = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(fc.constant('add' as const), text, fc.nat(5)) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('delete' as const), text, fc.nat(5)) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('forget' as const), fc.nat(5), fc.nat(80)) },
)

/** The same with the engine's own means. */
function plainRoll() {
  const held = new Map<string, { since: number; note: string }>()
  return {
    held,
    add(key: string, since: number, note: string) {
      if (!held.has(key)) held.set(key, { since, note })
    },
    forget(before: number, max: number) {
      const count = { old: 0, early: 0 }
      for (const [key, { since }] of held) {
        if (since >= before && held.size <= max) break
        count[since < before ? 'old' : 'early'] += 1
        held.delete(key)
      }
      return count
    },
  }
}

describe('a roll of texts', () => {
  test('remembers what came first, with its note, and forgets from the front', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
        const ours = createRoll()
        const theirs = plainRoll()
        for (const [at, [what, one, other]] of steps.entries()) {
          if (what === 'add') {
            const note = `${one} ${'n'.repeat(at % 50)}`
            ours.add(one, at + other, note)
            theirs.add(one, at + other, note)
          } else if (what === 'delete') {
            expect(ours.delete(one)).toBe(theirs.held.delete(one))
          } else {
            const before = at - 20 * one
            expect(ours.forget(before, other)).toEqual(theirs.forget(before, other))
          }
          expect(ours.size).toBe(theirs.held.size)
          expect(ours.has(String(one))).toBe(theirs.held.has(String(one)))
        }
        for (const [key, { note }] of theirs.held) expect(ours.noteOf(key)).toBe(note)
      }),
    )
  })

  test('keeps its room while as many come as go, and gives it up when they are gone', () => {
    const roll = createRoll()
    const callOf = (at: number) => `1 switch-7-0000-${at}`
    const pass = (from: number, to: number, kept: number) => {
      for (let at = from; at < to; at += 1) {
        roll.add(callOf(at), at, `${at} ${'0123456789abcdef'.repeat(2)}`)
        roll.forget(at - kept)
      }
      return roll.roomBytes
    }
    const early = pass(0, 50_000, 6000)
    const late = pass(50_000, 200_000, 6000)
    expect(late).toBeLessThanOrEqual(early * 1.5)
    // Some 40 bytes of text, 12 of numbers and a slot each, with room to spare.
    expect(late / 6001).toBeLessThan(110)
    expect(roll.size).toBe(6001)
    expect(roll.noteOf(callOf(199_999))).toMatch(/^199999 0/u)
    expect(roll.has(callOf(193_999))).toBe(true)
    expect(roll.has(callOf(193_998))).toBe(false)
    expect(roll.noteOf('1 switch-7')).toBeUndefined()
    expect(pass(200_000, 250_000, 10)).toBeLessThan(late / 8)
  })

  test('tells texts apart whose hashes are equal', () => {
    const bytes = new Uint8Array(100)
    const byHash = new Map<number, string>()
    const pairs: (readonly [string, string])[] = []
    for (let at = 1; at < 400_000 && pairs.length < 3; at += 1) {
      const id = `1 call-${(Math.sin(at) * 1e9).toString(36)}`
      const hash = bytesHash(bytes, 0, pack(bytes, 0, id))
      const other = byHash.get(hash)
      if (other !== undefined) pairs.push([other, id])
      byHash.set(hash, id)
    }
    expect(pairs.length).toBeGreaterThan(0)
    for (const [one, other] of pairs) {
      const roll = createRoll()
      roll.add(one, 1, 'one')
      expect(roll.has(other)).toBe(false)
      roll.add(other, 2, 'other')
      expect([roll.noteOf(one), roll.noteOf(other)]).toEqual(['one', 'other'])
      roll.forget(2)
      expect([roll.has(one), roll.has(other)]).toEqual([false, true])
    }
  })
})
