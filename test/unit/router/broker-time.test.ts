import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createBrokerTime } from '../../../services/platform/broker-time.ts'

describe('the estimate of broker time', () => {
  test('§4.3 is never further from the truth than the error it states', () => {
    const trips = fc.array(
      fc.record({
        pauseMs: fc.integer({ min: 0, max: 4000 }),
        thereMs: fc.double({ min: 0, max: 500, noNaN: true }),
        backMs: fc.double({ min: 0, max: 500, noNaN: true }),
      }),
      { minLength: 1, maxLength: 40 },
    )
    fc.assert(
      fc.property(
        trips,
        fc.integer({ min: -1e12, max: 1e12 }),
        fc.integer({ min: 0, max: 60_000 }),
        fc.double({ min: 0.9999, max: 1.0001, noNaN: true }),
        (all, aheadMs, laterMs, rate) => {
          const truth = (hostMs: number) => 1e6 + (hostMs - 1e6) * rate + aheadMs
          const time = createBrokerTime()
          let hostMs = 1e6
          for (const { pauseMs, thereMs, backMs } of all) {
            hostMs += pauseMs
            const sentAtHostMs = hostMs
            const appendedAt = Math.floor(truth(hostMs + thereMs))
            hostMs += thereMs + backMs
            time.acknowledged({ appendedAt, sentAtHostMs, ackedAtHostMs: hostMs })
          }
          hostMs += laterMs
          const off = Math.abs(time.now(hostMs) - truth(hostMs))
          // Doubles around 10^12 are exact to about 10^-4.
          expect(off).toBeLessThanOrEqual(time.errorMs(hostMs) + 0.2)
        },
      ),
    )
  })

  test('§4.3 a slow acknowledgement does not spoil a quick one', () => {
    const time = createBrokerTime()
    time.acknowledged({ appendedAt: 5001, sentAtHostMs: 1000, ackedAtHostMs: 1002 })
    time.acknowledged({ appendedAt: 5900, sentAtHostMs: 1003, ackedAtHostMs: 2900 })
    expect(time.errorMs(2900)).toBeLessThan(2)
    expect(time.now(2900)).toBeCloseTo(6900, -1)
  })

  test('§4.3 after a broker stood still an old sample is believed rather than a slow one', () => {
    const time = createBrokerTime()
    time.acknowledged({ appendedAt: 5001, sentAtHostMs: 1000, ackedAtHostMs: 1002 })
    // The broker goes on at the end: half of the round trip says nothing of when it appended.
    time.acknowledged({ appendedAt: 50_000, sentAtHostMs: 40_000, ackedAtHostMs: 46_001 })
    expect(time.now(46_001)).toBeCloseTo(50_001, -1)
    expect(time.errorMs(46_001)).toBeLessThan(20)
    time.acknowledged({ appendedAt: 50_100, sentAtHostMs: 46_050, ackedAtHostMs: 46_060 })
    expect(time.now(46_060)).toBeCloseTo(50_105, -1)
  })

  test('§4.3 broker time has reached every record read', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 1e6 }), { minLength: 1 }), (appends) => {
        const time = createBrokerTime()
        time.acknowledged({ appendedAt: 10, sentAtHostMs: 0, ackedAtHostMs: 100 })
        for (const appendedAt of appends) time.consumed(appendedAt, 200)
        expect(time.now(200)).toBeGreaterThanOrEqual(Math.max(...appends))
      }),
    )
  })

  test('§4.3 is not fresh before, nor long after, an acknowledgement', () => {
    const time = createBrokerTime()
    expect([time.known(), time.fresh(0)]).toEqual([false, false])
    time.acknowledged({ appendedAt: 10, sentAtHostMs: 0, ackedAtHostMs: 1 })
    expect([time.fresh(1000), time.fresh(6000), time.known()]).toEqual([true, false, true])
  })
})
