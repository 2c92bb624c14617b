/** The enricher's pure parts: budgets, flow, settling, prefix, breaker, retries (design §3, §5). */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createBreaker } from '../../../services/enricher/core/breaker.ts'
import { budgetOf, decideByOf } from '../../../services/enricher/core/budget.ts'
import { createBulkhead } from '../../../services/enricher/core/bulkhead.ts'
import { type FlowInput, NEW_FLOW, stepFlow } from '../../../services/enricher/core/flow.ts'
import { failure, type Live } from '../../../services/enricher/core/live.ts'
import { questionOf } from '../../../services/enricher/core/question.ts'
import { RETRY_DEFAULTS, retryDelayMs } from '../../../services/enricher/core/retry.ts'
import { settle, type Settling } from '../../../services/enricher/core/settle.ts'
import { arrivalOf, CRM } from './world.ts'

const time = fc.integer({ min: 0, max: 20_000 })

describe('A budget (design §5)', () => {
  it('ends in time for the router, never lasts longer than the timeout, and is open only with time left', () => {
    fc.assert(
      fc.property(
        fc.record({
          arrivedAt: time,
          decideWithinMs: fc.option(fc.integer({ min: -100, max: 5000 })),
          startedAt: time,
          timeoutMs: fc.integer({ min: 1, max: 5000 }),
          windowMs: fc.integer({ min: 100, max: 5000 }),
          enricherMarginMs: fc.integer({ min: 0, max: 1000 }),
          now: time,
        }),
        (question) => {
          const budget = budgetOf(question)
          const latest = decideByOf(question) - question.enricherMarginMs
          const end = Math.min(latest, question.startedAt + question.timeoutMs)
          expect(budget.open).toBe(end > question.now && end > question.startedAt)
          if (!budget.open) return
          expect(budget.endsAt).toBe(end)
          expect(budget.budgetMs).toBe(end - question.startedAt)
          expect(budget.budgetMs).toBeLessThanOrEqual(question.timeoutMs)
        },
      ),
    )
  })

  it('counts from append times: a lookup repeated after a crash ends when the first would have', () => {
    const question = {
      arrivedAt: 1000,
      decideWithinMs: null,
      startedAt: 1000,
      timeoutMs: 2000,
      windowMs: 2500,
      enricherMarginMs: 400,
    }
    const ends = [1010, 1500, 2999].map((now) => budgetOf({ ...question, now }))
    expect(ends).toEqual(ends.map(() => ({ open: true, endsAt: 3000, budgetMs: 2000 })))
    expect(budgetOf({ ...question, now: 3000 })).toEqual({ open: false })
  })
})

const LIVES: readonly Live[] = [
  { kind: 'FOUND', facts: { tier: 'PLATINUM' }, missing: ['customerId'], syncedAt: 900_000 },
  { kind: 'NO_MATCH' },
  { kind: 'MULTIPLE_MATCH' },
  failure('RESPONSE', 'timed out'),
  failure('UNREACHABLE', 'refused the connection'),
  { kind: 'SKIPPED', cause: 'CALL_EXPIRED', detail: 'no time was left' },
]

describe('A flow', () => {
  const inputs: fc.Arbitrary<FlowInput> = fc.oneof(
    fc.constantFrom<FlowInput>(
      { kind: 'wanted' },
      { kind: 'entered' },
      { kind: 'reached', phase: 'RESPONSE' },
      { kind: 'refused', live: failure('CIRCUIT_OPEN', 'is not asked') },
      { kind: 'answered', live: { kind: 'NO_MATCH' }, retryInMs: null },
      { kind: 'answered', live: failure('UNREACHABLE', 'refused'), retryInMs: 10 },
      { kind: 'answered', live: failure('UNREACHABLE', 'refused'), retryInMs: null },
      { kind: 'late-ended' },
      { kind: 'skipped', live: { kind: 'SKIPPED', cause: 'NEEDS_UNMET', detail: 'unmet' } },
    ),
  )

  it('settles exactly once by the end of its budget, whatever happens before', () => {
    fc.assert(
      fc.property(fc.array(inputs, { maxLength: 20 }), fc.array(inputs), (before, after) => {
        let flow = NEW_FLOW
        const told: string[] = []
        const feed = (input: FlowInput): void => {
          const step = stepFlow(flow, input)
          flow = step.flow
          told.push(...step.effects.map(({ kind }) => kind))
        }
        for (const input of before) feed(input)
        feed({ kind: 'budget-ended', budgetMs: 2000 })
        expect(told.filter((kind) => kind === 'settle')).toHaveLength(1)
        for (const input of after) feed(input)
        expect(told.filter((kind) => kind === 'settle')).toHaveLength(1)
        const late = told.filter((kind) => kind === 'late').length
        expect(late).toBeLessThanOrEqual(1)
        if (late === 1) expect(told.indexOf('late')).toBeGreaterThan(told.indexOf('settle'))
        // Every place in line and every slot is given back.
        feed({ kind: 'late-ended' })
        feed({ kind: 'abandoned' })
        const joined = told.includes('join')
        expect(told.filter((kind) => kind === 'leave')).toHaveLength(joined ? 1 : 0)
      }),
    )
  })

  it.each([
    [[], 'SKIPPED', 'NEEDS_UNMET'],
    [[{ kind: 'wanted' }], 'FAILED', 'QUEUED'],
    [[{ kind: 'wanted' }, { kind: 'entered' }], 'FAILED', 'CONNECT'],
    [
      [{ kind: 'wanted' }, { kind: 'entered' }, { kind: 'reached', phase: 'RESPONSE' }],
      'FAILED',
      'RESPONSE',
    ],
  ] as [FlowInput[], string, string][])(
    'tells where the timeout struck: after %j it is %s %s',
    (inputsBefore, kind, cause) => {
      let flow = NEW_FLOW
      for (const input of inputsBefore) flow = stepFlow(flow, input).flow
      const { effects } = stepFlow(flow, { kind: 'budget-ended', budgetMs: 2000 })
      expect(effects[0]).toMatchObject({ kind: 'settle', live: { kind, cause } })
    },
  )
})

const settling = (live: Live, more: Partial<Settling> = {}): Settling => ({
  callId: 'call-1',
  requestNo: 1,
  dependency: CRM,
  asked: 'customer by phone number',
  live,
  attempts: 1,
  latencyMs: 12,
  budgetMs: 2000,
  cached: null,
  override: null,
  now: 1_000_000,
  stampAheadMsMax: 50,
  ...more,
})
const cached = { facts: { tier: 'STANDARD' }, missing: [], syncedAt: 999_000 }
const override = { facts: { tier: 'GOLD', customerId: 'x' }, setAt: 990_000 }

describe('A settled lookup (design §3)', () => {
  it.each(LIVES)('keeps what LIVE did apart from where the facts came from: %j', (live) => {
    const cause = live.kind === 'FAILED' || live.kind === 'SKIPPED' ? live.cause : null
    const answered = cause === null
    expect(settle(settling(live))).toMatchObject({ cause, origin: answered ? 'LIVE' : 'NONE' })
    expect(settle(settling(live, { cached }))).toMatchObject({
      cause,
      origin: answered ? 'LIVE' : 'CACHE',
      outcome: answered ? live.kind : 'FOUND',
    })
    expect(settle(settling(live, { cached, override }))).toMatchObject({
      cause,
      origin: 'OVERRIDE',
      outcome: 'FOUND',
      facts: override.facts,
      syncedAt: override.setAt,
      stale: false,
      missing: [],
    })
  })

  it.each([
    ['as old as allowed', 1_000_000 - 3_600_000, false],
    ['older than allowed', 1_000_000 - 3_600_001, true],
    ['from the future within the skew', 1_000_050, false],
    ['from the future beyond the skew', 1_000_051, true],
    ['without a time', null, true],
  ])('tells data %s (F14)', (_name, syncedAt, stale) => {
    const live: Live = { kind: 'FOUND', facts: { tier: 'GOLD' }, missing: [], syncedAt }
    const record = settle(settling(live))
    expect(record).toMatchObject({ stale, syncedAt })
    expect(record.detail.includes(';')).toBe(stale)
    const down = failure('UNREACHABLE', 'refused the connection')
    const old = { facts: { tier: 'GOLD' }, missing: [], syncedAt }
    expect(settle(settling(down, { cached: old }))).toMatchObject({ origin: 'CACHE', stale })
  })

  it('never says what was asked', () => {
    for (const live of LIVES) {
      expect(settle(settling(live)).detail).not.toMatch(/\+?\d{6,}/)
    }
  })
})

describe('Questions, retries, breaker, bulkhead', () => {
  it('never use a withheld number, and tell it from one that was not sent', () => {
    for (const [aniPresentation, detail] of [
      ['RESTRICTED', 'the caller withholds the number'],
      ['UNAVAILABLE', 'no number was sent'],
    ] as const) {
      expect(questionOf(arrivalOf('c', { aniPresentation }), null, ['ani'])).toMatchObject({
        ok: false,
        skip: { cause: 'CALLER_WITHHELD', detail },
      })
      expect(questionOf(arrivalOf('c', { aniPresentation }), null, ['dnis'])).toMatchObject({
        ok: true,
      })
    }
  })

  it('take an allowed number that is not there for one that was not sent', () => {
    expect(questionOf(arrivalOf('c', { ani: null }), null, ['ani'])).toMatchObject({
      skip: { cause: 'CALLER_WITHHELD', detail: 'no number was sent' },
    })
  })

  it('retry only what is safe, inside what is left, not before Retry-After', () => {
    fc.assert(
      fc.property(
        fc.boolean(),
        fc.option(fc.integer({ min: 0, max: 5000 })),
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 0, max: 3000 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (retry, retryAfterMs, attempts, leftMs, random) => {
          const delay = retryDelayMs({ retry, retryAfterMs }, attempts, leftMs, random)
          if (delay === null) return
          expect(retry).toBe(true)
          expect(attempts).toBeLessThan(RETRY_DEFAULTS.attemptsMax)
          expect(delay).toBeGreaterThanOrEqual(retryAfterMs ?? 0)
          expect(delay + RETRY_DEFAULTS.tryMsMin).toBeLessThanOrEqual(leftMs)
        },
      ),
    )
  })

  it('let one trial through after the pause, and all when it went well', () => {
    const breaker = createBreaker({ failuresMax: 2, openMs: 1000, holdMsMax: 5000 })
    breaker.failed(0, false)
    expect(breaker.admit(0)).toBe('yes')
    breaker.failed(10, false)
    expect([breaker.admit(11), breaker.state(11)]).toEqual(['open', 'OPEN'])
    breaker.failed(900, false)
    expect([breaker.admit(1010), breaker.admit(1010)]).toEqual(['trial', 'open'])
    breaker.failed(1200, true)
    expect([breaker.admit(2100), breaker.admit(2200)]).toEqual(['open', 'trial'])
    breaker.unknown(true)
    expect(breaker.admit(2201)).toBe('trial')
    breaker.succeeded()
    expect(breaker.admit(2202)).toBe('yes')
  })

  it('keep everyone away for as long as the dependency asked, within reason', () => {
    const breaker = createBreaker({ failuresMax: 2, openMs: 1000, holdMsMax: 5000 })
    breaker.hold(0, 3_600_000)
    expect([breaker.admit(4999), breaker.admit(5000)]).toEqual(['held', 'yes'])
  })

  it('never hold more slots than there are, and hand each on in order', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 9 })), (actions) => {
        const bulkhead = createBulkhead({ slots: 2, queueMax: 3 })
        const entered: number[] = []
        const tickets = [...Array(10).keys()].map((id) =>
          bulkhead.ticket({ enter: () => void entered.push(id), yield: () => {} }),
        )
        const inside = new Set<number>()
        for (const id of actions) {
          const ticket = tickets[id]
          if (ticket === undefined) continue
          if (inside.delete(id)) bulkhead.leave(ticket)
          else if (bulkhead.join(ticket)) inside.add(id)
          expect(bulkhead.active).toBeLessThanOrEqual(2)
          expect(bulkhead.waiting).toBeLessThanOrEqual(3)
          expect(bulkhead.active + bulkhead.waiting).toBe(inside.size)
        }
      }),
    )
  })

  it('turn a whole line away one after the other, never one inside the other', () => {
    const bulkhead = createBulkhead({ slots: 1, queueMax: 4000 })
    const first = bulkhead.ticket({ enter: () => {}, yield: () => {} })
    bulkhead.join(first)
    const order: number[] = []
    let inside = 0
    let deepest = 0
    for (let id = 0; id < 4000; id++) {
      const refused = bulkhead.ticket({
        enter: () => {
          inside += 1
          deepest = Math.max(deepest, inside)
          order.push(id)
          bulkhead.leave(refused)
          inside -= 1
        },
        yield: () => {},
      })
      expect(bulkhead.join(refused)).toBe(true)
    }
    bulkhead.leave(first)
    expect(deepest).toBe(1)
    expect(order).toEqual([...Array(4000).keys()])
    expect([bulkhead.active, bulkhead.waiting]).toEqual([0, 0])
  })
})
