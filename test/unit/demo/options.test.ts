import { describe, expect, it } from 'vitest'
import { demoOptions } from '../../../services/demo/options.ts'
import { lagIn } from '../../../services/local/processes.ts'

describe('options of the demo', () => {
  it('two of calls, rate and duration give the third', () => {
    const of = (given: Parameters<typeof demoOptions>[0]) => {
      const { calls, ratePerS, durationMs } = demoOptions(given)
      return [calls, ratePerS, durationMs]
    }
    expect(of({})).toEqual([3000, 50, 60_000])
    expect(of({ rate: '100' })).toEqual([6000, 100, 60_000])
    expect(of({ calls: '1000' })).toEqual([1000, 50, 20_000])
    expect(of({ calls: '1000', rate: '20' })).toEqual([1000, 20, 50_000])
    expect(of({ calls: '1000', duration: '40' })).toEqual([1000, 25, 40_000])
  })

  it.each([
    { calls: '0' },
    { calls: '1.5' },
    { rate: 'fast' },
    { duration: '5' },
    { calls: '10' },
    { seed: '-1' },
    { rate: '' },
    { calls: '1000', rate: '50', duration: '20' },
  ])('refuses %j', (given) => {
    expect(() => demoOptions(given)).toThrow(expect.objectContaining({ code: 'XP_USAGE' }))
  })
})

describe('lag in a metrics page', () => {
  it('is the sum over topics and partitions', () => {
    const page = [
      '# TYPE crosspoint_consumer_lag_records gauge',
      'crosspoint_consumer_lag_records{topic="call.arrived",partition="0"} 2',
      'crosspoint_consumer_lag_records{topic="call.lookup",partition="1"} 3',
      'crosspoint_open_requests 7',
    ].join('\n')
    expect(lagIn(page)).toBe(5)
    expect(lagIn('')).toBe(0)
  })
})
