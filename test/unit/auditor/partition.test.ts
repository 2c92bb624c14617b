import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { CallRouted, LookupSettled } from '../../../schemas/records.ts'
import { emptyPartition } from '../../../services/auditor/core/memory.ts'
import {
  type AuditEffects,
  type AuditInput,
  step,
} from '../../../services/auditor/core/partition.ts'
import { restingFor, wake } from '../../../services/auditor/core/resting.ts'
import { hash, routed } from '../audit/world.ts'
import { lookupSettled } from '../../records.ts'

const evidence = {
  policyOf: () => null,
  privacy: { keyId: 'k1', token: (value: string) => hash(value), mask: () => '**' },
  hash,
}

const decided = (
  offset: number,
  change: Partial<CallRouted> = {},
  more: { fresh?: boolean; appendedAt?: number } = {},
) => ({
  type: 'routed' as const,
  decision: { ...routed, ...change },
  keep: () => () => ({ ...routed, ...change }),
  partition: 0,
  offset,
  appendedAt: more.appendedAt ?? 3003,
  fresh: more.fresh ?? true,
})

const answered = (
  offset: number,
  change: Partial<LookupSettled> = {},
  more: { fresh?: boolean; appendedAt?: number } = {},
): AuditInput => ({
  type: 'lookup',
  lookup: lookupSettled({ latencyMs: 2600, ...change }),
  partition: 0,
  offset,
  appendedAt: more.appendedAt ?? 3600,
  fresh: more.fresh ?? true,
})

const run = (inputs: readonly AuditInput[]): AuditEffects[] => {
  const state = emptyPartition()
  return inputs.map((input) => step(state, input, evidence))
}

const drafts = (inputs: readonly AuditInput[]) => run(inputs).flatMap((effects) => effects.drafts)
const topics = (inputs: readonly AuditInput[]) => drafts(inputs).map((draft) => draft.topic)

describe('design §4, auditor', () => {
  test('an effective decision gives its record, a reason each, and the first context', () => {
    expect(topics([decided(0)])).toEqual(['audit.decision', 'audit.fallback', 'call.context'])
  })

  test('a losing record appears as not effective, without reasons', () => {
    const [, loser] = run([decided(0), decided(1, { decisionId: 'd2' })])
    expect(loser?.noted).toBe('LOSER')
    expect(loser?.drafts).toHaveLength(1)
    expect(loser?.drafts[0]?.value).toMatchObject({ effective: false, fallbacks: [] })
  })

  test("§4.5 a producer's resend of a decision is counted and tells nothing", () => {
    const repeated = { drafts: [], noted: 'REPEATED_DECISION' }
    expect(run([decided(0), decided(1)])[1]).toEqual(repeated)
    const loser = { decisionId: 'd2' }
    const effects = run([decided(0), decided(1, loser), decided(2, loser), decided(1, loser)])
    expect(effects[2]).toEqual(repeated)
    const unheard = { decidedAt: 3003 - 30_001 }
    expect(run([decided(0, unheard), decided(1, unheard)])[1]).toEqual(repeated)
    expect(run([decided(0, {}, { fresh: false }), decided(1)])[1]).toEqual(repeated)
  })

  test('a void record is not effective and leaves the place to the next', () => {
    const [unheard, next] = run([decided(0, { decidedAt: 3003 - 30_001 }), decided(1)])
    expect(unheard?.noted).toBe('VOID')
    expect(next?.noted).toBe('EFFECTIVE')
  })

  test('a copy outside the partition of its arrival is not effective', () => {
    const [copy] = run([{ ...decided(0), partition: 1 }])
    expect(copy?.drafts.map((draft) => draft.value)).toMatchObject([{ effective: false }])
  })

  test('the first live answer a decision did not use is late, whichever topic is read first', () => {
    const late = ['audit.late', 'call.context']
    expect(topics([decided(0), answered(1)]).slice(3)).toEqual(late)
    expect(topics([answered(1), decided(0)]).slice(3)).toEqual(late)
  })

  test('the answer that was used, repeats, caches and overrides are not late', () => {
    const used = { ...routed.lookups[0], outcome: 'FOUND', origin: 'LIVE' } as const
    const lookups = [used] as CallRouted['lookups']
    expect(topics([decided(0, { lookups }), answered(0), answered(5)])).toHaveLength(3)
    expect(topics([decided(0), answered(1, { origin: 'CACHE' })])).toHaveLength(3)
    expect(run([decided(0), answered(1), answered(2)])[2]).toEqual({
      drafts: [],
      noted: 'REPEATED_ANSWER',
    })
  })

  test('each late answer makes the next revision of the context', () => {
    const billing = { ...routed.lookups[0], dependency: 'billing' } as CallRouted['lookups'][number]
    const lookups = [...routed.lookups, billing]
    const contexts = drafts([
      decided(0, { lookups }),
      answered(1),
      answered(2, { dependency: 'billing' }),
    ]).filter((draft) => draft.topic === 'call.context')
    expect(contexts.map((draft) => draft.value.revision)).toEqual([1, 2, 3])
    const states = contexts.at(-1)?.value.dependencies.map((one) => one.state)
    expect(states).toEqual(['FOUND', 'FOUND'])
  })

  test('history writes nothing, but a pair with one fresh half is told', () => {
    const old = { fresh: false }
    expect(topics([decided(0, {}, old), answered(1, {}, old)])).toEqual([])
    expect(topics([decided(0, {}, old), answered(1)])).toEqual(['audit.late', 'call.context'])
    expect(topics([answered(1, {}, old), decided(0)]).at(-2)).toBe('audit.late')
  })

  const many = Array.from({ length: 8000 }, (_, index) => index)
  const idOf = (index: number) => ({ callId: `call-${index}` })

  test('answers read thousands of requests ahead of their decisions are told', () => {
    const told = topics([
      ...many.map((index) => answered(index + 1, idOf(index))),
      ...many.map((index) => decided(index, idOf(index))),
    ])
    expect(told.filter((topic) => topic === 'audit.late')).toHaveLength(many.length)
  })

  test('§3 a request that waited for an answer for the horizon is forgotten, and counted', () => {
    const later = { appendedAt: 3003 + 60_001 }
    const [, , forgotten] = run([
      decided(0),
      decided(1, { callId: 'b', decidedAt: later.appendedAt }, later),
      answered(2, { callId: 'c' }, later),
    ])
    expect(forgotten?.dropped).toEqual({ FORGOTTEN: 1, EVICTED: 0 })
  })

  test('a memory given up before the horizon for want of room is counted as such', () => {
    const state = emptyPartition()
    const dropped = Array.from({ length: 20_010 }, (_, index) =>
      step(state, answered(index, idOf(index)), evidence),
    ).reduce((sum, effects) => sum + (effects.dropped?.EVICTED ?? 0), 0)
    expect(dropped).toBe(9)
    expect(state.awaiting.size).toBe(20_001)
  })

  test('decisions are forgotten after the horizon while call.lookup is quiet, once read to its end', () => {
    const state = emptyPartition()
    const at = (index: number) => index * 1000
    for (const index of many.slice(0, 1000)) {
      const appendedAt = at(index)
      const change = { ...idOf(index), decidedAt: appendedAt }
      step(state, decided(index, change, { appendedAt, fresh: false }), evidence)
      if (index % 10 > 0) continue
      step(state, { type: 'caught-up', topic: 'call.lookup', at: appendedAt }, evidence)
    }
    expect(state.decided.size).toBeLessThan(80)
    expect(state.awaiting.size).toBeLessThan(80)
  })

  test('nothing is kept of a decision once it is known that nobody asks, whichever topic is read first', () => {
    const skip = (offset: number) => answered(offset, { outcome: 'SKIPPED', origin: 'NONE' })
    for (const inputs of [
      [decided(0), skip(1)],
      [skip(1), decided(0)],
    ]) {
      const state = emptyPartition()
      for (const input of inputs) step(state, input, evidence)
      expect(state.awaiting.size).toBe(0)
      const { lookup } = answered(2) as Extract<AuditInput, { type: 'lookup' }>
      const resting = { waitsFor: ['crm'], decisionOffset: 0, lateOffsets: [] }
      expect(restingFor(state, lookup)).toEqual(resting)
      expect(restingFor(state, { ...lookup, dependency: 'billing' })).toBeNull()
      wake(state, lookup, decided(0), [])
      expect(restingFor(state, lookup)).toBeNull()
      expect(step(state, answered(2), evidence).noted).toBe('LATE')
      expect(step(state, answered(3), evidence).noted).toBe('REPEATED_ANSWER')
    }
  })

  test('an answer of a decision that can not be read any more is told to nobody', () => {
    const state = emptyPartition()
    const skipped = routed.lookups.map((one) => ({ ...one, outcome: 'SKIPPED' as const }))
    step(state, decided(0, { lookups: skipped }), evidence)
    const { lookup } = answered(2) as Extract<AuditInput, { type: 'lookup' }>
    expect(restingFor(state, lookup)?.waitsFor).toEqual(['crm'])
    wake(state, lookup, null, [])
    expect(step(state, answered(2), evidence).drafts).toEqual([])
  })

  test('without the text of its policy no fact of a call is kept', () => {
    const lookups = routed.lookups.map((one) => ({ ...one, facts: { name: 'Ada' } }))
    const [audited] = drafts([decided(0, { lookups })])
    expect(JSON.stringify(audited)).not.toContain('Ada')
  })

  test('reading a partition again from any point gives the same effective decisions', () => {
    const request = fc.record({ call: fc.nat(3), id: fc.nat(9) })
    fc.assert(
      fc.property(fc.array(request, { maxLength: 30 }), fc.nat(30), (requests, cut) => {
        const log = (fresh: (offset: number) => boolean) =>
          requests.map(({ call, id }, offset) =>
            decided(
              offset,
              { callId: `call-${call}`, decisionId: `d${id}` },
              { fresh: fresh(offset) },
            ),
          )
        const effective = (inputs: readonly AuditInput[]) =>
          drafts(inputs).flatMap((draft) =>
            draft.topic === 'audit.decision' && draft.value.effective
              ? [`${draft.value.routedAt.offset}`]
              : [],
          )
        const whole = effective(log(() => true))
        const before = effective(log(() => true).slice(0, cut))
        const after = effective(log((offset) => offset >= cut))
        expect([...before, ...after]).toEqual(whole)
      }),
    )
  })
})
