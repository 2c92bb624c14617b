import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createPace, type Interval } from '../../../../services/platform/kafka/pace.ts'

const IDLE_MS = 10
const QUIET_MS = 16
const BUSY_MS = 20
const CROWDED_MS = 50
const INTERVAL: Interval = {
  idleMs: IDLE_MS,
  quietMs: QUIET_MS,
  busyMs: BUSY_MS,
  crowdedMs: CROWDED_MS,
}
const free = (): number => 0
const wishes = fc.array(
  fc.record({ afterMs: fc.nat(25), node: fc.constantFrom('1', '2'), more: fc.boolean() }),
  { maxLength: 60 },
)

describe('the pace of requests', () => {
  test('after a rest a request begins at once', () => {
    const pace = createPace(INTERVAL, free)
    expect(pace.waitMs('1', 0)).toBe(0)
    pace.began('1', 0)
    expect(pace.waitMs('1', IDLE_MS)).toBe(0)
  })

  test('one that follows closely waits for the rest of the interval, of its own broker only', () => {
    const pace = createPace(INTERVAL, free)
    pace.began('1', 100)
    expect(pace.waitMs('1', 104)).toBe(6)
    expect(pace.waitMs('2', 104)).toBe(0)
  })

  test('where more is there already the next one does not wait, the one after it does', () => {
    const pace = createPace(INTERVAL, free)
    pace.began('1', 100)
    pace.hurry('1')
    expect(pace.waitMs('1', 101)).toBe(0)
    pace.began('1', 101)
    expect(pace.waitMs('1', 102)).toBe(9)
  })

  test('nothing waits longer than the interval, and requests are an interval apart unless hurried', () => {
    fc.assert(
      fc.property(wishes, (steps) => {
        const pace = createPace(INTERVAL, free)
        const last = new Map<string, { readonly atMs: number; readonly hurried: boolean }>()
        let nowMs = 0
        for (const { afterMs, node, more } of steps) {
          nowMs += afterMs
          const waitMs = pace.waitMs(node, nowMs)
          expect(waitMs).toBeGreaterThanOrEqual(0)
          expect(waitMs).toBeLessThanOrEqual(IDLE_MS)
          nowMs += waitMs
          const before = last.get(node)
          if (before !== undefined && !before.hurried) {
            expect(nowMs - before.atMs).toBeGreaterThanOrEqual(IDLE_MS)
          }
          pace.began(node, nowMs)
          if (more) pace.hurry(node)
          last.set(node, { atMs: nowMs, hurried: more })
        }
      }),
    )
  })

  test('the more of the cores is used, the further requests are apart, within the bounds of the interval', () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true })
    fc.assert(
      fc.property(share, share, (one, other) => {
        const [less, more] = [one, other]
          .toSorted((a, b) => a - b)
          .map((used) => {
            const pace = createPace(INTERVAL, () => used)
            pace.began('1', 100)
            return pace.waitMs('1', 100)
          }) as [number, number]
        expect(less).toBeGreaterThanOrEqual(IDLE_MS)
        expect(less).toBeLessThanOrEqual(more)
        expect(more).toBeLessThanOrEqual(CROWDED_MS)
      }),
    )
  })

  test.each([
    { used: 0.5, waitMs: IDLE_MS },
    { used: 0.575, waitMs: (IDLE_MS + QUIET_MS) / 2 },
    { used: 0.65, waitMs: QUIET_MS },
    { used: 0.725, waitMs: (QUIET_MS + BUSY_MS) / 2 },
    { used: 0.8, waitMs: BUSY_MS },
    { used: 0.9, waitMs: (BUSY_MS + CROWDED_MS) / 2 },
    { used: 1, waitMs: CROWDED_MS },
  ])('$used of the cores in use keep requests $waitMs ms apart', ({ used, waitMs }) => {
    const pace = createPace(INTERVAL, () => used)
    pace.began('1', 100)
    expect(pace.waitMs('1', 100)).toBeCloseTo(waitMs)
  })

  test('an interval of nothing holds nothing up', () => {
    const pace = createPace({ idleMs: 0, quietMs: 0, busyMs: 0, crowdedMs: 0 }, () => 1)
    pace.began('1', 5)
    expect(pace.waitMs('1', 5)).toBe(0)
  })
})
