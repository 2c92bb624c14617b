import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createPrefix } from '../../../services/domain/prefix.ts'

test('design §5: only the contiguous prefix of finished records is released', () => {
  const gaps = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 40 })
  fc.assert(
    fc.property(gaps, fc.infiniteStream(fc.nat()), (steps, picks) => {
      const prefix = createPrefix()
      let at = 0
      const offsets = steps.map((gap) => (at += gap))
      for (const offset of offsets) prefix.begin(offset, offset)
      const open = new Set(offsets)
      let committed = 0
      for (const pick of picks) {
        if (open.size === 0) break
        const offset = [...open][pick % open.size] ?? 0
        prefix.finish(offset)
        open.delete(offset)
        committed = prefix.take()?.offset ?? committed
        expect([...open].every((one) => one >= committed)).toBe(true)
      }
      expect(committed).toBe((offsets.at(-1) ?? 0) + 1)
      expect(prefix.size).toBe(0)
    }),
  )
})

test('finishing twice, or an offset of an older epoch, changes nothing', () => {
  const prefix = createPrefix()
  prefix.begin(7, 70)
  prefix.finish(3)
  expect(prefix.take()).toBeNull()
  prefix.finish(7)
  prefix.finish(7)
  expect(prefix.take()).toEqual({ offset: 8, appendedAt: 70 })
  expect(prefix.take()).toBeNull()
})

test('what is finished behind an unfinished record takes no room', () => {
  const prefix = createPrefix()
  for (let offset = 0; offset < 1000; offset += 1) {
    prefix.begin(offset, offset)
    if (offset > 0) prefix.finish(offset)
  }
  expect(prefix.take()).toBeNull()
  expect(prefix.size).toBe(1)
  prefix.finish(0)
  expect(prefix.take()).toEqual({ offset: 1000, appendedAt: 999 })
})
