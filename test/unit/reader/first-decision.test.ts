import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HORIZON_MS } from '../../../services/domain/horizon.ts'
import {
  createFirstDecisions,
  rewindTo,
  type DecisionRead,
} from '../../../services/reader/first-decision.ts'

const decision = (over: Partial<DecisionRead> = {}): DecisionRead => ({
  callId: 'c-1',
  requestNo: 1,
  partition: 0,
  decidedAt: 1000,
  appendedAt: 1005,
  ...over,
})

const decisions = fc.array(
  fc
    .record({
      callId: fc.constantFrom('a', 'b', 'c', '1 a'),
      requestNo: fc.integer({ min: 1, max: 2 }),
      partition: fc.integer({ min: 0, max: 2 }),
      decidedAt: fc.integer({ min: 0, max: 1000 }),
      delayMs: fc.constantFrom(0, 5, HORIZON_MS / 2, HORIZON_MS / 2 + 1),
    })
    .map(({ delayMs, ...more }) => ({ ...more, appendedAt: more.decidedAt + delayMs })),
  { maxLength: 40 },
)

/** The rule in other words, over all records at once. */
const effectiveOf = (records: readonly DecisionRead[]): DecisionRead[] =>
  records.filter((one, index) => {
    const live = (other: DecisionRead) => other.appendedAt - other.decidedAt <= HORIZON_MS / 2
    const same = (other: DecisionRead) =>
      other.callId === one.callId &&
      other.requestNo === one.requestNo &&
      other.partition === one.partition
    return live(one) && !records.slice(0, index).some((other) => same(other) && live(other))
  })

describe('the reader’s rule (design §4.1)', () => {
  it('the first record counts, repeats do not', () => {
    const first = createFirstDecisions()
    expect(first.read(decision())).toBe('EFFECTIVE')
    expect(first.read(decision({ appendedAt: 1500 }))).toBe('REPEATED')
  })

  it('a request that asks again is another request', () => {
    const first = createFirstDecisions()
    first.read(decision())
    expect(first.read(decision({ requestNo: 2 }))).toBe('EFFECTIVE')
  })

  it('a void record counts for nothing, the next one does', () => {
    const first = createFirstDecisions()
    expect(first.read(decision({ appendedAt: 1001 + HORIZON_MS / 2 }))).toBe('VOID')
    expect(first.read(decision({ decidedAt: 31_000, appendedAt: 31_001 }))).toBe('EFFECTIVE')
  })

  it('a copy outside the partition of its arrival decides nothing', () => {
    const first = createFirstDecisions()
    expect(first.read(decision({ partition: 1, arrivalPartition: 0 }))).toBe('MISPLACED')
    expect(first.read(decision({ partition: 0, arrivalPartition: 0 }))).toBe('EFFECTIVE')
  })

  it('for any records within H it finds the first not void one per request and partition', () => {
    fc.assert(
      fc.property(decisions, (records) => {
        const first = createFirstDecisions(10 * HORIZON_MS)
        const found = records.filter((one) => first.read(one) === 'EFFECTIVE')
        expect(found).toEqual(effectiveOf(records))
      }),
    )
  })

  it('how partitions are interleaved changes nothing', () => {
    fc.assert(
      fc.property(decisions, (records) => {
        const outcome = (order: readonly DecisionRead[]) => {
          const first = createFirstDecisions(10 * HORIZON_MS)
          return new Set(order.filter((one) => first.read(one) === 'EFFECTIVE'))
        }
        const byPartition = records.toSorted((a, b) => a.partition - b.partition)
        expect(outcome(byPartition)).toEqual(outcome(records))
      }),
    )
  })

  it('a reader that rewinds H before its commit acts on each decision once', () => {
    const times = fc.array(fc.integer({ min: 0, max: 20_000 }), { minLength: 1, maxLength: 60 })
    fc.assert(
      fc.property(
        times,
        fc.nat(),
        fc.array(fc.nat({ max: 5 }), { minLength: 60 }),
        (gaps, cut, ids) => {
          let now = 0
          const log = gaps.map((gap, offset) => {
            now += gap / 10
            const callId = String(ids[offset] ?? 0)
            return { offset, ...decision({ callId, decidedAt: now, appendedAt: now }) }
          })
          const whole = createFirstDecisions()
          const expected = log
            .filter((one) => whole.read(one) === 'EFFECTIVE')
            .map((one) => one.offset)

          const committed = cut % (log.length + 1)
          const before = createFirstDecisions()
          const acted = log
            .slice(0, committed)
            .filter((one) => before.read(one) === 'EFFECTIVE')
            .map((one) => one.offset)
          const after = createFirstDecisions()
          const fromMs = rewindTo(log[committed - 1]?.appendedAt ?? 0)
          for (const one of log.filter(({ appendedAt }) => appendedAt >= fromMs)) {
            const standing = after.read(one)
            if (one.offset >= committed && standing === 'EFFECTIVE') acted.push(one.offset)
          }
          expect(acted).toEqual(expected)
        },
      ),
    )
  })

  it('remembers no longer than H of append time, and forgets a partition that went elsewhere', () => {
    const first = createFirstDecisions()
    for (let at = 0; at < 3 * HORIZON_MS; at += 1000) {
      first.read(decision({ callId: `c-${at}`, decidedAt: at, appendedAt: at }))
    }
    expect(first.size).toBeLessThanOrEqual(HORIZON_MS / 1000 + 1)
    first.forget(0)
    expect(first.size).toBe(0)
  })
})
