import { describe, expect, test } from 'vitest'
import {
  createCrowding,
  LOOK_EVERY_MS,
  lateness,
} from '../../../../services/platform/kafka/crowding.ts'

const RESOLUTION_MS = 10

/** An event loop whose turns come as late as the test says. */
function loop() {
  const turns = { mean: Number.NaN, resets: 0, reset: () => void (turns.resets += 1) }
  const late = createCrowding(turns, RESOLUTION_MS)
  let nowMs = 1000
  return {
    turns,
    late: () => late(nowMs),
    /** A quarter of a second of turns that came so late, and what is told of it. */
    after(lateMs: number) {
      turns.mean = (RESOLUTION_MS + lateMs) * 1e6
      nowMs += LOOK_EVERY_MS
      return late(nowMs)
    },
  }
}

describe('how crowded the cores are', () => {
  test('a start says nothing, nor does a time without turns', () => {
    const { turns, late, after } = loop()
    turns.mean = 900e6
    expect(late()).toBe(0)
    expect(after(Number.NaN)).toBe(0)
  })

  test('turns that come late are told, smoothed, and forgotten when they come in time again', () => {
    const { late, after } = loop()
    late()
    expect(after(8)).toBe(4)
    expect(after(8)).toBe(6)
    expect(after(0)).toBe(3)
    for (let look = 0; look < 20; look += 1) after(0)
    expect(late()).toBeCloseTo(0)
  })

  test('turns that come early are not late', () => {
    const { late, after } = loop()
    late()
    expect(after(-1)).toBe(0)
  })

  test('it looks at most every quarter of a second, and each look is of its own time', () => {
    const { turns, late, after } = loop()
    late()
    expect(turns.resets).toBe(1)
    late()
    expect(turns.resets).toBe(1)
    after(1)
    expect(turns.resets).toBe(2)
  })

  test("this process' is a number from the first question on", () => {
    expect(lateness(performance.now())).toBe(0)
    expect(lateness(performance.now() + LOOK_EVERY_MS)).toBeGreaterThanOrEqual(0)
  })
})
