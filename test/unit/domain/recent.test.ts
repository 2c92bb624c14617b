import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createRecent } from '../../../services/domain/recent.ts'

test('the newest half is always there, with its values, and never more than the limit', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 20 }).map((half) => 2 * half),
      fc.integer({ min: 0, max: 100 }),
      (entriesMax, count) => {
        const recent = createRecent<number, string>(entriesMax)
        for (let key = 0; key < count; key++) recent.set(key, `v${key}`)
        const kept = Array.from({ length: count }, (_, key) => recent.get(key))
        const known = kept.filter((value) => value !== undefined)
        expect(known.length).toBeLessThanOrEqual(entriesMax)
        expect(known.length).toBeGreaterThanOrEqual(Math.min(count, entriesMax / 2))
        expect(known).toEqual(
          Array.from({ length: known.length }, (_, at) => `v${count - known.length + at}`),
        )
      },
    ),
  )
})
