/** Which arrivals repeat a request, told for all enrichers of a process by one memory. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createRepeats } from '../../../services/enricher/repeats.ts'

const request = (callId: string) => ({ callId, requestNo: 1 })
const log = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1, maxLength: 30 })
const begins = fc.array(fc.nat(15), { minLength: 1, maxLength: 4 })
const turns = fc.array(fc.nat(3), { maxLength: 120 })

interface Told {
  readonly callId: string
  readonly offset: number
  readonly repeat: boolean
  /** Of what this reader read before. */
  readonly readBefore: readonly string[]
}

/** Readers that each begin somewhere and go on one by one, in any order. */
function readAll(
  callIds: readonly string[],
  from: readonly number[],
  order: readonly number[],
  requestsMax?: number,
): readonly Told[] {
  const repeats = createRepeats(requestsMax)
  const next = [...from]
  return order.flatMap((turn) => {
    const reader = turn % next.length
    const offset = next[reader] ?? 0
    const callId = callIds[offset]
    if (callId === undefined) return []
    next[reader] = offset + 1
    const readBefore = callIds.slice(from[reader], offset)
    return [{ callId, offset, repeat: repeats.isRepeat(0, offset, request(callId)), readBefore }]
  })
}

describe('A repeated arrival (design §4.5)', () => {
  test('is none that the log has for the first time, wherever readers began and whatever is forgotten', () => {
    fc.assert(
      fc.property(
        log,
        begins,
        turns,
        fc.integer({ min: 1, max: 5 }),
        (callIds, from, order, max) => {
          for (const { callId, offset, repeat } of readAll(callIds, from, order, max)) {
            if (callIds.findIndex((one) => one === callId) === offset) expect(repeat).toBe(false)
          }
        },
      ),
    )
  })

  test('is each one whose request its reader has read before, wherever others began', () => {
    fc.assert(
      fc.property(log, begins, turns, (callIds, from, order) => {
        for (const { callId, repeat, readBefore } of readAll(callIds, from, order)) {
          if (readBefore.includes(callId)) expect(repeat).toBe(true)
        }
      }),
    )
  })

  test('is none for who reads again what was read already', () => {
    const again = [0, 0, 0, 1, 1, 1]
    const told = readAll(['a', 'b', 'a'], [0, 0], again).map(({ repeat }) => repeat)
    expect(told).toEqual([false, false, true, false, false, true])
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
