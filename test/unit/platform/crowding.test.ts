import { describe, expect, test } from 'vitest'
import { createCrowding, LOOK_EVERY_MS } from '../../../services/platform/crowding.ts'

/** Two cores that are used as the test says. */
function cores() {
  const times = { idle: 5000, all: 90_000, stolen: 0 }
  let looks = 0
  const used = createCrowding(() => {
    looks += 1
    return { ...times }
  })
  let nowMs = 1000
  return {
    used: () => used(nowMs),
    looks: () => looks,
    /** A second in which this share of the cores was used, and what is told of it. */
    after: (share: number) => {
      times.all += 2 * LOOK_EVERY_MS
      times.idle += 2 * LOOK_EVERY_MS * (1 - share)
      nowMs += LOOK_EVERY_MS
      return used(nowMs)
    },
    standStill: () => {
      nowMs += LOOK_EVERY_MS
      return used(nowMs)
    },
  }
}

describe('how crowded the cores are', () => {
  test('what was before the first look says nothing', () => {
    expect(cores().used()).toBe(0)
  })

  test('what is used is told, smoothed, and forgotten when cores are free again', () => {
    const { used, after } = cores()
    used()
    expect(after(0.8)).toBeCloseTo(0.4)
    expect(after(0.8)).toBeCloseTo(0.6)
    expect(after(0)).toBeCloseTo(0.3)
    for (let look = 0; look < 20; look += 1) after(0)
    expect(used()).toBeCloseTo(0)
  })

  test('where nobody counts, nothing is crowded', () => {
    const used = createCrowding(() => null)
    expect([used(0), used(LOOK_EVERY_MS), used(3 * LOOK_EVERY_MS)]).toEqual([0, 0, 0])
  })

  test('where no time was counted, what was seen before stands', () => {
    const { used, after, standStill } = cores()
    used()
    after(1)
    expect(standStill()).toBe(0.5)
  })

  test('it looks at most once a second', () => {
    const { used, after, looks } = cores()
    used()
    used()
    expect(looks()).toBe(1)
    after(1)
    used()
    expect(looks()).toBe(2)
  })
})
