import { describe, expect, it } from 'vitest'
import { createGroundTruth } from '../../../infra/stubs/ground-truth.ts'
import type { CallRouted, DecisionAudited } from '../../../schemas/records.ts'
import { faultIntervals, parseTruth, requestsStruck } from '../../../services/local/faults-done.ts'
import {
  latencyOf,
  missedFaults,
  phaseTable,
  targetsOf,
  troubleTable,
  type Decided,
  type Report,
} from '../../../services/demo/report.ts'
import { reportLines } from '../../../services/demo/report-text.ts'
import { tellStories, type ToldCall } from '../../../services/demo/story.ts'
import { momentsOf, PHASES } from '../../../services/demo/timeline.ts'
import { callRouted, fallback, usedLookup } from './records.ts'

const decided = (over: Partial<CallRouted>, tookMs: number): Decided => {
  const decision = callRouted(over)
  return { decision, appendedAt: decision.arrivedAt + tookMs }
}

const timedOut = usedLookup({
  outcome: 'TIMED_OUT',
  cause: 'RESPONSE',
  origin: 'NONE',
  settledAt: 3000,
  latencyMs: 2000,
})

describe('latency of a report', () => {
  it('leaves out of "nothing late" what waited in vain or was decided at its deadline', () => {
    const calls = [
      decided({ lookups: [usedLookup({ settledAt: 1040 })] }, 60),
      decided({ lookups: [timedOut] }, 2010),
      decided({ trigger: 'DEADLINE', lookups: [usedLookup({ outcome: 'NO_ANSWER' })] }, 2250),
    ]
    expect(latencyOf(calls)).toEqual({
      all: { p50: 2010, p99: 2250, max: 2250 },
      nothingLate: { p50: 60, p99: 60, max: 60 },
      afterSlowestLookup: { p50: 20, p99: 20, max: 20 },
    })
  })

  it('counts the overhead from the slowest lookup that came, or from the arrival', () => {
    const notNeeded = usedLookup({ outcome: 'NOT_NEEDED', settledAt: null })
    const lookups = [usedLookup({ settledAt: 1030 }), usedLookup({ settledAt: 1045 }), notNeeded]
    const { afterSlowestLookup } = latencyOf([decided({ lookups }, 50)])
    expect(afterSlowestLookup?.max).toBe(5)
    expect(latencyOf([decided({ lookups: [notNeeded] }, 50)]).afterSlowestLookup?.max).toBe(50)
  })
})

describe('the table of troubles', () => {
  it('has a row per dependency, cause and source, with waits and routes', () => {
    const stale = usedLookup({ dependency: 'scheduling', stale: true, settledAt: 1010 })
    const rows = troubleTable([
      decided({ lookups: [timedOut, stale] }, 2010),
      decided({ lookups: [timedOut, usedLookup({ dependency: 'scheduling' })] }, 2020),
    ])
    expect(rows).toMatchObject([
      {
        dependency: 'crm',
        cause: 'RESPONSE',
        calls: 2,
        waitMs: { max: 2000 },
        routes: { general: 2 },
      },
      { dependency: 'scheduling', cause: null, source: 'LIVE, stale', calls: 1 },
    ])
  })

  it('leaves out what is no trouble', () => {
    expect(troubleTable([decided({ lookups: [usedLookup({})] }, 60)])).toEqual([])
  })
})

describe('phases of a report', () => {
  const moments = momentsOf(PHASES, 60_000)

  it('put each call into the phase in which it came', () => {
    const startedAt = 1000
    const calls = [decided({}, 60), decided({ arrivedAt: startedAt + 10_000, ruleId: 'vip' }, 30)]
    const rows = phaseTable(calls, moments, startedAt)
    expect(rows.map(({ calls: count }) => count)).toEqual([1, 1, 0, 0, 0, 0, 0])
    expect(rows[1]?.vipLatencyMs?.max).toBe(30)
  })

  it('a fault that struck no call makes the run invalid', () => {
    const [, crmHangs] = moments
    const arrivedAt = 1000 + (crmHangs?.fromMs ?? 0) + 1
    const struck = phaseTable([decided({ arrivedAt, lookups: [timedOut] }, 2010)], moments, 1000)
    const missed = missedFaults(struck)
    expect(missed).not.toContain('what was done in crm-hangs struck no call')
    expect(missed).not.toContain('what was done to crm struck no call')
    expect(missed).toContain('what was done in billing-hangs struck no call')
    expect(missed).toContain('what was done to billing struck no call')
  })

  it('a VIP held up by a hanging CRM misses the target', () => {
    const arrivedAt = 1000 + 10_000
    const rows = phaseTable([decided({ arrivedAt, ruleId: 'vip' }, 2000)], moments, 1000)
    const [, whileCrmHangs] = targetsOf(latencyOf([]), rows)
    expect(whileCrmHangs?.text).toContain('CRM')
    expect(whileCrmHangs?.met).toBe(false)
  })

  it('VIPs of whom none called meet no target: nothing was shown', () => {
    expect(targetsOf(latencyOf([]), []).filter(({ met }) => met)).toEqual([])
  })
})

const audited = (over: Partial<DecisionAudited>): DecisionAudited => ({
  ...callRouted({}),
  factsKeyId: null,
  effective: true,
  routedAt: { topic: 'call.routed', partition: 0, offset: 0 },
  appendedAt: 1060,
  digest: 'd',
  ...over,
})

describe('stories', () => {
  const told = (over: Partial<DecisionAudited>, phaseId = 'healthy'): ToldCall => ({
    decision: audited(over),
    late: [],
    phaseId,
  })

  it('tells five calls at most, each once, of different kinds', () => {
    const crm = { flags: ['MANUAL_LOOKUP'], lookups: [timedOut], fallbacks: [fallback({})] }
    const calls = [
      told({ callId: 'plain' }),
      told({ callId: 'vip', ruleId: 'vip', target: { type: 'QUEUE', id: 'vip' } }, 'crm-hangs'),
      told({ callId: 'slow', ...crm }),
      told({ callId: 'slow-too', ...crm }),
      told({ callId: 'loser', effective: false }),
    ]
    const stories = tellStories(calls)
    expect(stories.map(({ callId }) => callId)).toEqual(['vip', 'slow', 'plain'])
  })

  it('says what came back, what was decided and why', () => {
    const call = told({ flags: ['MANUAL_LOOKUP'], lookups: [timedOut], fallbacks: [fallback({})] })
    const text = tellStories([call])[0]?.lines.join('\n') ?? ''
    expect(text).toContain('TIMED_OUT')
    expect(text).toContain('CRM lookup timed out after 2000 ms, routed to general')
  })
})

describe('the ground truth of a run', () => {
  it('gives the stretch in which each fault held, and whom it struck', () => {
    let now = 0
    const truth = createGroundTruth({ now: () => now })
    truth.faultSwitched('crm', { mode: 'hang', share: 1 })
    truth.requestTaken('crm', 'a', 'hang')
    now = 50
    truth.faultSwitched('billing', { mode: 'refuse', share: 1 })
    now = 100
    truth.faultSwitched('crm', { mode: 'healthy' })
    const lines = parseTruth(`${truth.lines.map((line) => JSON.stringify(line)).join('\n')}\n{"cut`)
    expect(faultIntervals(lines, 200)).toEqual([
      { dependency: 'crm', mode: 'hang', fromMs: 0, toMs: 100, share: 1 },
      { dependency: 'billing', mode: 'refuse', fromMs: 50, toMs: 200, share: 1 },
      { dependency: 'crm', mode: 'healthy', fromMs: 100, toMs: 200, share: 1 },
    ])
    expect(requestsStruck(lines)).toEqual({ 'crm hang': 1 })
  })
})

describe('the report in words', () => {
  it('says of each promise whether it held, and what broke it', () => {
    const calls = [decided({ lookups: [timedOut] }, 2010)]
    const latency = latencyOf(calls)
    const report: Report = {
      run: {},
      counts: { 'arrivals sent': 1 },
      triggers: { ALL_SETTLED: 1 },
      routes: { general: 1 },
      requestsStruck: {},
      phases: [],
      table: troubleTable(calls),
      latency,
      targets: targetsOf(latency, []),
      stories: [],
      verdicts: [
        { id: 'I1', text: 'one', holds: true, checked: 1, breaches: [] },
        { id: 'I2', text: 'two', holds: false, checked: 1, breaches: [{ what: 'c-1 has two' }] },
        { id: 'I8', text: 'eight', holds: false, checked: 0, breaches: [] },
      ],
      invalid: ['what was done in crm-hangs struck no call'],
      passed: false,
    }
    expect(`\n${reportLines(report).join('\n')}\n`).toMatchSnapshot()
  })
})
