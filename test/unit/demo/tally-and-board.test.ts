import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  boardLines,
  healthOf,
  paint,
  plainLine,
  type BoardState,
} from '../../../services/demo/board.ts'
import { createTally, spreadOf } from '../../../services/demo/tally.ts'
import { momentsOf, PHASES } from '../../../services/demo/timeline.ts'
import { callRouted, fallbackApplied, late, lookupSettled } from './records.ts'

const SYSTEMS = ['crm', 'billing', 'scheduling', 'priority']
const NOW = 10_000

function busyTally() {
  const tally = createTally(SYSTEMS)
  for (let call = 0; call < 100; call += 1) {
    const atMs = NOW - 2000 + call * 20
    tally.add({ kind: 'arrived', request: String(atMs) }, atMs)
    tally.add({ kind: 'lookup', lookup: lookupSettled({ latencyMs: 30 + call / 10 }) }, atMs)
    const down = { dependency: 'billing', outcome: 'FAILED', cause: 'UNREACHABLE' } as const
    tally.add(
      { kind: 'lookup', lookup: lookupSettled({ ...down, origin: 'NONE', latencyMs: 2 }) },
      atMs,
    )
    const cached = { dependency: 'scheduling', origin: 'OVERRIDE', cause: null } as const
    tally.add({ kind: 'lookup', lookup: lookupSettled({ ...cached, latencyMs: 9 }) }, atMs)
    tally.add({ kind: 'routed', decision: callRouted({}), appendedAt: 1060 }, atMs)
    const reason = { dependency: 'billing', reason: 'BILLING_FAILED' }
    const sentence = `Billing lookup failed after ${call} ms (UNREACHABLE), routed to general`
    tally.add({ kind: 'fallback', fallback: fallbackApplied({ ...reason, sentence }) }, atMs)
    const state = { dependency: 'priority', reason: 'PRIORITY_NONE', kind: 'STATE' } as const
    tally.add({ kind: 'fallback', fallback: fallbackApplied(state) }, atMs)
  }
  tally.add(
    { kind: 'routed', decision: callRouted({ trigger: 'DEADLINE' }), appendedAt: 3600 },
    NOW,
  )
  tally.add({ kind: 'late', late: late({}) }, NOW)
  tally.add({ kind: 'late', late: late({ settledAs: 'NOT_NEEDED' }) }, NOW)
  return tally
}

const boardState = (): BoardState => ({
  elapsedMs: 24_000,
  durationMs: 60_000,
  moments: momentsOf(PHASES, 60_000),
  view: busyTally().view(NOW),
  modes: { crm: 'healthy', billing: 'refuse', scheduling: 'healthy', priority: 'healthy' },
  lag: { router: 3, crm: 0, billing: 12, scheduling: 0, priority: 0 },
  overridden: false,
})

describe('the tally', () => {
  it('counts a request that comes again as a repeat', () => {
    const tally = createTally(SYSTEMS)
    for (const request of ['call-1 1', 'call-1 2', 'call-1 1']) {
      tally.add({ kind: 'arrived', request }, NOW)
    }
    expect(tally.view(NOW)).toMatchObject({ arrived: { total: 2 }, repeats: 1 })
  })

  it('counts the whole and the last second', () => {
    const view = busyTally().view(NOW)
    expect(view.arrived).toEqual({ total: 100, perS: 49 })
    expect(view.triggers).toEqual([
      ['ALL_SETTLED', { total: 100, perS: 49 }],
      ['DEADLINE', { total: 1, perS: 1 }],
    ])
  })

  it('tells valid states of business apart from trouble', () => {
    const view = busyTally().view(NOW)
    expect(view.troubles).toMatchObject([['BILLING_FAILED', { total: 100 }]])
    expect(view.states.total).toBe(100)
  })

  it('shows a sentence once however often it comes with other numbers, the newest one', () => {
    const { sentences } = busyTally().view(NOW)
    expect(sentences.map(({ text }) => text)).toEqual([
      'Billing lookup failed after 99 ms (UNREACHABLE), routed to general',
    ])
  })

  it('counts a decision appended after decideBy as overdue', () => {
    expect(busyTally().view(NOW).overdue).toBe(1)
  })

  it('says how each system does', () => {
    const { dependencies } = busyTally().view(NOW)
    expect(dependencies.map(healthOf)).toEqual(['ok', 'failing', 'stand-in', 'idle'])
    const [crm] = dependencies
    if (crm === undefined) throw new Error('expected a system')
    const open = ['CIRCUIT_OPEN', 9] as const
    expect(healthOf({ ...crm, causes: [open] })).toBe('not asked')
    expect(healthOf({ ...crm, causes: [open, ['RESPONSE', 1]] })).toBe('failing')
  })

  it('percentiles are values that occurred, in order', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(5000), { minLength: 1 }), (values) => {
        const spread = spreadOf(values)
        expect(spread).not.toBeNull()
        const { p50, p99, max } = spread ?? { p50: -1, p99: -1, max: -1 }
        expect(values).toEqual(expect.arrayContaining([p50, p99, max]))
        expect(p50 <= p99 && p99 <= max).toBe(true)
        expect(values.filter((value) => value <= p50).length).toBeGreaterThanOrEqual(
          values.length / 2,
        )
      }),
    )
  })
})

describe('the board', () => {
  it('reads well at 80 columns and 24 rows', () => {
    expect(
      `\n${boardLines(boardState(), { columns: 80, rows: 24 }).join('\n')}\n`,
    ).toMatchSnapshot()
  })

  it('reads well at 120 columns and 40 rows', () => {
    expect(
      `\n${boardLines(boardState(), { columns: 120, rows: 40 }).join('\n')}\n`,
    ).toMatchSnapshot()
  })

  it('fits any terminal', () => {
    const state = boardState()
    const size = fc.record({ columns: fc.integer({ min: 20, max: 200 }), rows: fc.nat(60) })
    fc.assert(
      fc.property(size, ({ columns, rows }) => {
        const lines = boardLines(state, { columns, rows })
        expect(lines.length).toBeLessThanOrEqual(rows)
        expect(Math.max(0, ...lines.map((line) => line.length))).toBeLessThanOrEqual(columns)
      }),
    )
  })

  it('colours no more than the word that tells a system’s state', () => {
    const line = 'billing     refuse       0/s      2 ms     2 ms     failing   UNREACHABLE 100'
    expect(paint(line)).toContain('\u001B[31mfailing\u001B[0m')
    expect(paint('fallbacks   failing 3')).toBe('fallbacks   failing 3')
  })

  it('is one line a second without a terminal', () => {
    expect(plainLine(boardState())).toMatchInlineSnapshot(
      `"00:24  100 requests, 101 decided, 1 overdue, p99 60 ms | crm ok | billing failing UNREACHABLE | scheduling stand-in OVERRIDE | priority idle"`,
    )
  })
})

describe('the time line', () => {
  it('covers the whole duration without a gap', () => {
    const moments = momentsOf(PHASES, 60_000)
    expect(moments[0]?.fromMs).toBe(0)
    expect(moments.at(-1)?.toMs).toBeCloseTo(60_000)
    for (const [index, { fromMs }] of moments.entries()) {
      if (index > 0) expect(moments[index - 1]?.toMs).toBe(fromMs)
    }
  })

  it('begins and ends healthy, and hurts every system in between', () => {
    expect([PHASES[0]?.faults, PHASES.at(-1)?.faults]).toEqual([{}, {}])
    const hurt = new Set(PHASES.flatMap(({ faults }) => Object.keys(faults)))
    expect(hurt).toEqual(new Set(SYSTEMS))
  })
})
