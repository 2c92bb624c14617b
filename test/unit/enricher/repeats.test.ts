/** Which arrivals repeat a request, told for all enrichers of a process by one memory. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createRepeats } from '../../../services/enricher/repeats.ts'

const request = (callId: string) => ({ callId, requestNo: 1 })
const log = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1, maxLength: 30 })

describe('A repeated arrival (design §5)', () => {
  test('is one whose request stands before it, whichever enrichers read the log and how far', () => {
    const turns = fc.array(fc.nat(3), { maxLength: 120 })
    fc.assert(
      fc.property(log, turns, (callIds, readers) => {
        const repeats = createRepeats()
        const next = new Map<number, number>()
        for (const reader of readers) {
          const offset = next.get(reader) ?? 0
          const callId = callIds[offset]
          if (callId === undefined) continue
          next.set(reader, offset + 1)
          expect(repeats.isRepeat(0, offset, request(callId))).toBe(
            callIds.indexOf(callId) < offset,
          )
        }
      }),
    )
  })

  test('is never the first of its request, wherever who reads it began, and however often', () => {
    fc.assert(
      fc.property(log, fc.array(fc.nat(29), { maxLength: 120 }), (callIds, offsets) => {
        const repeats = createRepeats()
        for (const offset of offsets) {
          const callId = callIds[offset]
          if (callId === undefined || callIds.indexOf(callId) < offset) continue
          expect(repeats.isRepeat(0, offset, request(callId))).toBe(false)
        }
      }),
    )
  })

  test('is told from the same call of another partition, and from another request of it', () => {
    const repeats = createRepeats()
    expect(repeats.isRepeat(0, 5, { callId: '1 a', requestNo: 1 })).toBe(false)
    expect(repeats.isRepeat(0, 6, { callId: 'a', requestNo: 1 })).toBe(false)
    expect(repeats.isRepeat(1, 7, { callId: '1 a', requestNo: 1 })).toBe(false)
    expect(repeats.isRepeat(0, 8, { callId: '1 a', requestNo: 2 })).toBe(false)
    expect(repeats.isRepeat(0, 9, { callId: '1 a', requestNo: 1 })).toBe(true)
  })

  test('is looked up again once so many others have come', () => {
    const repeats = createRepeats(2)
    const told = ['a', 'b', 'a', 'c', 'b', 'a'].map((callId, offset) =>
      repeats.isRepeat(0, offset, request(callId)),
    )
    expect(told).toEqual([false, false, true, false, true, false])
  })
})
