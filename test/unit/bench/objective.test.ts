import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { growthMs, slicesOf } from '../../bench/measure/backlog.ts'
import { failedLookupsIn } from '../../bench/measure/lookups.ts'
import { percentilesOf } from '../../bench/measure/percentiles.ts'
import { brokenBy, OBJECTIVE } from '../../bench/objective.ts'
import { phase } from './made-up-results.ts'

describe('what a rate must keep', () => {
  const borne = phase('crosspoint-instant', 1000)
  const settled = { failedLookups: 0, behind: [] }

  test('a quiet phase is borne', () => {
    expect(brokenBy(borne, settled)).toEqual([])
  })

  test.each([
    ['p99', { stored: { ...borne.stored, p99: OBJECTIVE.overheadP99Ms + 1 } }],
    ['late', { late: 1 }],
    ['undecided', { undecided: 1 }],
    ['twice', { doubled: 1 }],
    ['acknowledged', { unacknowledged: 1 }],
    ['catch up', { catchUpMs: OBJECTIVE.catchUpMs + 1 }],
    ['stored', { sending: { ...borne.sending, p99: OBJECTIVE.sendingP99Ms + 1 } }],
  ])('%s breaks it, alone', (word, change) => {
    const broken = brokenBy({ ...borne, ...change }, settled)
    expect(broken).toHaveLength(1)
    expect(broken[0]).toContain(word)
  })

  test('a decision that nobody audited breaks it', () => {
    const topics = borne.topics.map((one) => ({ ...one, records: one.records - 1 }))
    expect(brokenBy({ ...borne, topics }, settled)).toEqual(['1 decisions not audited'])
  })

  test('quick answers that are failures break it, a stray one does not', () => {
    expect(brokenBy(borne, { ...settled, failedLookups: 500 })).toEqual(['500 lookups failed'])
    expect(brokenBy(borne, { ...settled, failedLookups: 1 })).toEqual([])
    expect(brokenBy(borne, { ...settled, failedLookups: null })).toHaveLength(1)
  })

  test('a group that leaves something unread when it had time to settle breaks it', () => {
    const behind = [{ group: 'auditor', topic: 'call.routed', records: 7 } as const]
    expect(brokenBy(borne, { ...settled, behind })).toEqual([
      'auditor left 7 of call.routed unread',
    ])
  })

  test('undecided calls that pile up break it, a single pause does not', () => {
    const open = (values: (at: number) => number) =>
      brokenBy(
        { ...borne, slices: borne.slices.map((one, at) => ({ ...one, open: values(at) })) },
        settled,
      )
    expect(open((at) => at * 20)).toEqual([expect.stringContaining('undecided calls grow')])
    expect(open((at) => (at === 18 ? 900 : 4))).toEqual([])
  })

  test('a group that falls behind in the second half breaks it, whatever callers see', () => {
    const end = borne.lag.end.map((one) =>
      one.group === 'auditor' ? { ...one, records: one.records + 2000 } : one,
    )
    const broken = brokenBy({ ...borne, lag: { ...borne.lag, end } }, settled)
    expect(broken).toEqual([expect.stringContaining('auditor falls behind')])
  })
})

test('lookups that failed or timed out are counted from the metrics page of an enricher', () => {
  const name = 'crosspoint_lookups_total'
  const page = [
    `# TYPE ${name} counter`,
    `${name}{service="enricher-crm",dependency="crm",outcome="FOUND",cause=""} 90`,
    `${name}{service="enricher-crm",dependency="crm",outcome="FAILED",cause="CIRCUIT_OPEN"} 3`,
    `${name}{service="enricher-crm",dependency="crm",outcome="TIMED_OUT",cause="BUDGET"} 4`,
    'crosspoint_lookups_late_total{dependency="crm"} 5',
  ].join('\n')
  expect(failedLookupsIn(page)).toBe(7)
  expect(failedLookupsIn('')).toBe(0)
})

describe('slices of a phase', () => {
  const moment = fc.record({
    arrivedAt: fc.integer({ min: 0, max: 10_000 }),
    tookMs: fc.oneof(fc.integer({ min: 0, max: 3000 }), fc.constant(Infinity)),
  })

  test('each call arrives in one slice, and is open at the ends between arrival and decision', () => {
    fc.assert(
      fc.property(
        fc.array(moment, { minLength: 1 }),
        fc.integer({ min: 1, max: 30 }),
        (drawn, n) => {
          const calls = drawn.map((one) => ({
            arrivedAt: one.arrivedAt,
            decidedAt: one.arrivedAt + one.tookMs,
          }))
          const slices = slicesOf(calls, n)
          expect(slices).toHaveLength(n)
          expect(slices.reduce((sum, { arrived }) => sum + arrived, 0)).toBe(calls.length)
          const never = calls.filter(({ decidedAt }) => decidedAt === Infinity).length
          expect(slices.at(-1)?.open).toBeGreaterThanOrEqual(never)
        },
      ),
    )
  })

  test('a steady backlog does not grow; one that gains a call a millisecond grows as fast as time', () => {
    const slice = { untilMs: 0, arrived: 0, p99: 0 }
    const slices = (open: (at: number) => number) =>
      Array.from({ length: 21 }, (_, at) => ({ ...slice, open: open(at) }))
    expect(
      growthMs(
        slices(() => 70),
        1000,
      ),
    ).toBe(0)
    expect(
      growthMs(
        slices((at) => at * 100),
        1000,
      ),
    ).toBe(1400)
  })

  test('nothing gives nothing', () => {
    expect(slicesOf([], 5)).toEqual([])
    expect(growthMs([], 100)).toBe(0)
  })
})

test('percentiles are values of the list, in order', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 9999 }), { minLength: 1 }), (values) => {
      const { p50, p95, p99, p999, max } = percentilesOf(values)
      for (const each of [p50, p95, p99, p999, max]) expect(values).toContain(each)
      expect([p50, p95, p99, p999, max]).toEqual(
        [p50, p95, p99, p999, max].toSorted((a, b) => a - b),
      )
      expect(max).toBe(Math.max(...values))
    }),
  )
  expect(percentilesOf([])).toEqual({ count: 0, p50: 0, p95: 0, p99: 0, p999: 0, max: 0 })
})
