import { expect, test } from 'vitest'
import type { UsedLookup } from '../../../schemas/records.ts'
import type { Evidence, FaultInterval } from '../../../services/audit/verify/evidence.ts'
import { spoiledAnswers } from '../../../services/audit/verify/answers.ts'
import { routed, wholeEvidence } from './world.ts'

/** Times: the call arrives at 1000 and its decision is appended at 3003. */
const DAY_MS = 86_400_000

const tell = (
  claimed: Partial<UsedLookup>,
  fault: Partial<FaultInterval>,
  evidence: Partial<Evidence> = {},
): string[] => {
  const [lookup] = routed.lookups
  if (lookup === undefined) throw new Error('no lookup')
  const live = {
    outcome: 'FOUND',
    cause: null,
    origin: 'LIVE',
    facts: { tier: 'STANDARD' },
  } as const
  const value = { ...routed, lookups: [{ ...lookup, ...live, syncedAt: 2900, ...claimed }] }
  const stored = { partition: 0, offset: 0, appendedAt: 3003, key: 'call-1', requestNo: 1 }
  const faults = [{ dependency: 'crm', mode: 'healthy', fromMs: 0, toMs: 10_000, ...fault }]
  const found = spoiledAnswers({ ...stored, value }, { ...wholeEvidence(), faults, ...evidence })
  return found.map(({ what }) => what)
}

test('a live answer of a healthy dependency is believed', () => {
  expect(tell({}, {})).toEqual([])
})

test.each(['hang', 'refuse', 'status', 'badJson', 'wrongCaller', 'full', 'lockWait'])(
  'no live answer comes from a dependency under %s',
  (mode) => {
    expect(tell({}, { mode })).toEqual([expect.stringContaining(mode)])
    expect(tell({ origin: 'OVERRIDE' }, { mode })).toEqual([])
    expect(tell({ outcome: 'NO_MATCH' }, { mode })).toEqual([])
  },
)

test('a fault that struck a share, or a part of the time, proves nothing', () => {
  expect(tell({}, { mode: 'hang', share: 0.5 })).toEqual([])
  expect(tell({}, { mode: 'hang', fromMs: 1001 })).toEqual([])
  expect(tell({}, { mode: 'hang', toMs: 4002 })).toEqual([])
})

test('a sync time is told as the source gave it', () => {
  const old = { mode: 'stale', syncShiftMs: -7 * DAY_MS }
  expect(tell({ syncedAt: 2000 - 7 * DAY_MS, stale: true }, old)).toEqual([])
  expect(tell({ stale: true }, old)).toHaveLength(1)
  expect(tell({ syncedAt: null, stale: true }, old)).toHaveLength(1)
  expect(tell({ stale: true }, { mode: 'noSync' })).toHaveLength(1)
  expect(tell({ syncedAt: null, stale: true }, { mode: 'noSync' })).toEqual([])
})

test('old, undated and impossible stamps are never called fresh', () => {
  const limit = { staleAfterMsOf: () => 60_000 }
  expect(tell({}, {}, limit)).toEqual([])
  for (const syncedAt of [1000 - 60_001, null, 3003 + 51]) {
    expect(tell({ syncedAt }, {}, limit)).toHaveLength(1)
    expect(tell({ syncedAt, stale: true }, {}, limit)).toEqual([])
    expect(tell({ syncedAt }, {}, { staleAfterMsOf: () => null })).toEqual([])
  }
})
