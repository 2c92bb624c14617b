import { isDeepStrictEqual as isDeepEqual } from 'node:util'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { UsedLookup } from '../../../schemas/records.ts'
import { loadPolicy } from '../../../services/policy/load.ts'
import { differenceOf, sameRoute } from '../../../services/what-if/core/difference.ts'
import type { Recording } from '../../../services/what-if/core/recording.ts'
import { isPending, isTimedOut } from '../../../services/what-if/core/settled.ts'
import { NO_CHANGE, termsAfter } from '../../../services/what-if/core/terms.ts'
import { again, fallen, lookupOf, made, policy, recordingOf } from './world.ts'

const seed = fc.integer({ min: 1, max: 1e6 })
const some = (of: number): Recording[] => made(of, 25).map(recordingOf)
const runs = { numRuns: 40 }

/** A policy that is the example but for a text, so that its version differs. */
const twin = loadPolicy(`${policy.text}\n# the same\n`, { file: 'twin' })

describe('a change that changes nothing', () => {
  test('the same window, timeouts or rules leave verdict, wait and flags as they were', () => {
    const same = [
      { windowMs: policy.windowMs },
      { timeouts: new Map(policy.dependencies.map(({ name, timeoutMs }) => [name, timeoutMs])) },
      { policy: twin },
    ]
    fc.assert(
      fc.property(seed, fc.constantFrom(...same), (of, change) => {
        for (const recording of some(of)) {
          const { verdict, waitedMs, told } = again(recording, change)
          const { decision } = recording
          expect(differenceOf(decision, verdict)).toMatchObject({
            route: false,
            flagsGained: [],
            flagsLost: [],
            reasonsGained: [],
            reasonsLost: [],
          })
          expect(told).toBe(true)
          expect(waitedMs).toBe(decision.decidedAt - decision.arrivedAt)
        }
      }),
      runs,
    )
  })
})

describe('waiting longer', () => {
  const longer = fc.integer({ min: 1, max: 3000 })

  test('a longer window never adds a dependency that falls back', () => {
    fc.assert(
      fc.property(seed, longer, (of, moreMs) => {
        for (const recording of some(of)) {
          const redecided = again(recording, { windowMs: policy.windowMs + moreMs })
          const before = recording.decision.fallbacks.map(({ dependency }) => dependency)
          expect(before).toEqual(expect.arrayContaining(fallen(redecided)))
        }
      }),
      runs,
    )
  })

  test('a longer timeout takes the late answer once it is as long as the answer took', () => {
    fc.assert(
      fc.property(seed, longer, (of, moreMs) => {
        const timeoutMs = 2000 + moreMs
        const windowMs = timeoutMs + policy.margins.enricherMs
        for (const recording of some(of)) {
          const { lookups } = again(recording, {
            windowMs,
            timeouts: new Map([['crm', timeoutMs]]),
          })
          const was = lookupOf(recording, 'crm')
          const now = lookups.find(({ dependency }) => dependency === 'crm')
          const late = recording.late.get('crm')
          if (was.outcome !== 'TIMED_OUT' || was.budgetMs !== 2000) continue
          if (late !== undefined && late.latencyMs <= timeoutMs) {
            expect(now).toMatchObject({ outcome: late.outcome, origin: 'LIVE', facts: late.facts })
          } else if (now?.outcome !== 'NOT_NEEDED') {
            expect(now).toMatchObject({ outcome: 'TIMED_OUT', latencyMs: timeoutMs })
          }
        }
      }),
      runs,
    )
  })

  test('what billing would have said, had the CRM been waited for, is told to be unknown', () => {
    const all = Array.from({ length: 40 }, (_, index) => some(index + 1)).flat()
    const spared = all.filter((recording) => {
      const late = recording.late.get('crm')
      const { outcome, budgetMs } = lookupOf(recording, 'crm')
      const timed = outcome === 'TIMED_OUT' && budgetMs === 2000
      return timed && late?.outcome === 'FOUND' && late.latencyMs < 2500
    })
    const change = { windowMs: 3500, timeouts: new Map([['crm', 2600]]) }
    const pending = spared
      .map((recording) => again(recording, change))
      .filter(({ lookups }) =>
        lookups.some((one) => one.dependency === 'billing' && one.outcome === 'NO_ANSWER'),
      )
    expect(pending.length).toBeGreaterThan(0)
    expect(pending.some(({ told }) => !told)).toBe(true)
  })
})

describe('waiting shorter', () => {
  const shorterTimeouts = (timeoutMs: number) => ({
    timeouts: new Map(policy.dependencies.map(({ name }) => [name, timeoutMs])),
  })
  /** Nothing was spared whose answer nobody wrote down: what comes in its stead is known. */
  const isWhole = (recording: Recording): boolean =>
    recording.decision.lookups.every((one) => {
      if (isPending(one)) return recording.late.has(one.dependency)
      // Earlier, a cached customer leaves time to ask billing, which nobody did.
      return one.cause !== 'NEEDS_UNMET' || lookupOf(recording, 'crm').origin !== 'CACHE'
    })

  test('no answer slower than the timeout is used', () => {
    fc.assert(
      fc.property(seed, fc.integer({ min: 50, max: 1900 }), (of, timeoutMs) => {
        for (const recording of some(of)) {
          const { lookups, told } = again(recording, shorterTimeouts(timeoutMs))
          if (isWhole(recording)) expect(told).toBe(true)
          for (const { outcome, origin, latencyMs } of lookups) {
            if (outcome === 'FOUND' && origin === 'LIVE')
              expect(latencyMs).toBeLessThanOrEqual(timeoutMs)
          }
        }
      }),
      runs,
    )
  })

  test('a route that now needs an answer nobody waited for is told to be unknown', () => {
    // A VIP was certain after the priority database; without it the CRM's answer would count.
    const vips = made(1, 1000)
      .map(recordingOf)
      .filter(({ decision }) => decision.ruleId === 'vip')
    const unknown = vips
      .map((recording) => again(recording, shorterTimeouts(50)))
      .filter(({ verdict }) => verdict.ruleId !== 'vip')
    expect(unknown.length).toBeGreaterThan(0)
    expect(unknown.some(({ told }) => !told)).toBe(true)
    for (const { told, lookups } of unknown) {
      const crm = lookups.find(({ dependency }) => dependency === 'crm')
      if (crm?.outcome === 'NO_ANSWER') expect(told).toBe(false)
    }
  })

  test('who waited in vain for the CRM waits so much less, and billing is skipped when it is', () => {
    const inVain = made(3, 600)
      .map(recordingOf)
      .filter((recording) => {
        const timedOut = recording.decision.lookups.filter(isTimedOut)
        const crmAlone = timedOut.length === 1 && timedOut[0]?.dependency === 'crm'
        const waited = crmAlone && timedOut[0]?.budgetMs === 2000
        return waited && lookupOf(recording, 'billing').cause === 'NEEDS_UNMET'
      })
    expect(inVain.length).toBeGreaterThan(2)
    for (const recording of inVain) {
      const { waitedMs, lookups } = again(recording, { timeouts: new Map([['crm', 1500]]) })
      const { arrivedAt, decidedAt } = recording.decision
      expect(waitedMs).toBe(decidedAt - arrivedAt - 500)
      expect(lookups.find(({ dependency }) => dependency === 'billing')).toMatchObject({
        outcome: 'SKIPPED',
        latencyMs: 0,
        settledAt: (lookupOf(recording, 'billing').settledAt ?? 0) - 500,
      })
    }
  })
})

describe('held against what would have been', () => {
  const timeouts = fc.dictionary(
    fc.constantFrom(...policy.dependencies.map(({ name }) => name)),
    fc.integer({ min: 100, max: 4000 }),
  )

  test('a told route is the one the router gives under those terms', () => {
    fc.assert(
      fc.property(seed, fc.integer({ min: 800, max: 5000 }), timeouts, (of, windowMs, longest) => {
        const change = { windowMs, timeouts: new Map(Object.entries(longest)) }
        const truth = made(of, 25, {
          ...policy,
          ...termsAfter(policy, { ...NO_CHANGE, ...change }),
        })
        for (const [index, one] of made(of, 25).entries()) {
          const { decision } = truth[index] ?? one
          const { verdict, lookups, told } = again(recordingOf(one), change)
          // What a cache would have served is not recorded (docs/what-if.md).
          const cached = (all: readonly UsedLookup[]) => all.map(({ origin }) => origin === 'CACHE')
          const isComparable = isDeepEqual(cached(decision.lookups), cached(lookups))
          if (told && isComparable) expect(verdict.ruleId).toBe(decision.ruleId)
          if (told && isComparable) expect(sameRoute(decision, verdict)).toBe(true)
        }
      }),
      runs,
    )
  })
})

describe('a dependency made to fail', () => {
  const billing = { outcome: 'TIMED_OUT', cause: 'RESPONSE' } as const

  test('falls back wherever the decision still waits for it, and nowhere else', () => {
    fc.assert(
      fc.property(seed, (of) => {
        for (const recording of some(of)) {
          const redecided = again(recording, { fails: new Map([['billing', billing]]) })
          const now = redecided.lookups.find(({ dependency }) => dependency === 'billing')
          expect(['TIMED_OUT', 'SKIPPED', 'NOT_NEEDED', 'NO_ANSWER', 'FOUND']).toContain(
            now?.outcome,
          )
          if (now?.outcome === 'FOUND') expect(now.origin).not.toBe('LIVE')
          if (now?.outcome === 'TIMED_OUT') expect(fallen(redecided)).toContain('billing')
        }
      }),
      runs,
    )
  })

  test('what needs it is not asked any more', () => {
    fc.assert(
      fc.property(seed, (of) => {
        for (const recording of some(of)) {
          const down = new Map([['crm', { outcome: 'FAILED', cause: 'UNREACHABLE' } as const]])
          const { lookups } = again(recording, { fails: down })
          const crm = lookups.find(({ dependency }) => dependency === 'crm')
          const now = lookups.find(({ dependency }) => dependency === 'billing')
          if (crm?.outcome === 'FAILED') expect(['SKIPPED', 'NOT_NEEDED']).toContain(now?.outcome)
        }
      }),
      runs,
    )
  })
})

describe('what the recording can not tell', () => {
  test('rules that read facts nobody kept leave a route untold, unless it does not rest on them', () => {
    const blind = { dependencies: new Set(['crm']), arrival: false }
    const all = made(11, 300).map(recordingOf)
    const told = all.map((recording) => again(recording, { policy: twin }, blind))
    expect(told.some((one) => !one.told)).toBe(true)
    expect(told.some((one) => one.told)).toBe(true)
    for (const [index, one] of told.entries()) {
      const crm = one.lookups.find(({ dependency }) => dependency === 'crm')
      if (!one.told) expect(crm?.outcome).toBe('FOUND')
      const recording = all[index]
      if (recording !== undefined) expect(sameRoute(recording.decision, one.verdict)).toBe(true)
    }
  })
})
