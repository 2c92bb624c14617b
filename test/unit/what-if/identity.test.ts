import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Cause, DecisionAudited } from '../../../schemas/records.ts'
import { emptyTally, mergeTally } from '../../../services/what-if/core/tally.ts'
import { holds, reportOf } from '../../../services/what-if/report.ts'
import { core, arrived, outcomeOf, settled, T0, dependencies } from '../router/core-world.ts'
import { differenceOnReplay } from '../../../services/audit/replay.ts'
import { evidenceOf } from '../../../services/auditor/core/evidence.ts'
import { hash } from '../../../services/platform/hash.ts'
import { policy as routerPolicy, privacy } from '../router/shell-world.ts'
import { judgeOf, made, policy, recordingOf, sealed } from './world.ts'

describe('I7: with nothing changed', () => {
  test('every recorded decision gives itself again, byte for byte', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), (seed) => {
        const judge = judgeOf()
        for (const one of made(seed, 20)) judge.take(one.decision, new Map())
        expect(judge.tally).toMatchObject({ decisions: 20, identical: 20 })
        expect(judge.tally.problems.size).toBe(0)
      }),
      { numRuns: 30 },
    )
  })

  test('so does every decision the router core makes of lookups in any order', () => {
    const lookups = fc.tuple(
      ...dependencies.map((name) =>
        fc.option(fc.tuple(outcomeOf(name), fc.integer({ min: 0, max: 3000 }))),
      ),
    )
    fc.assert(
      fc.property(lookups, (list) => {
        const world = core()
        world.run(arrived(0, 'a', T0), T0)
        const given = list.flatMap((one, index) => (one === null ? [] : [[index, ...one] as const]))
        for (const [index, outcome, atMs] of given.toSorted((a, b) => a[2] - b[2])) {
          const name = dependencies[index] ?? ''
          world.run({ type: 'tick', overdueMax: 10 }, T0 + atMs)
          world.run(settled(index, 'a', name, T0 + atMs, outcome), T0 + atMs)
        }
        world.run({ type: 'tick', overdueMax: 10 }, T0 + 5000)
        const [decision] = world.decisions()
        if (decision === undefined) throw new Error('not decided')
        const routed = { decision, partition: 3, offset: 0, appendedAt: decision.decidedAt + 2 }
        const context = { policyOf: () => routerPolicy, privacy, hash }
        const [audited] = evidenceOf(routed, true, context)
        expect(differenceOnReplay(audited?.value as DecisionAudited, routerPolicy)).toBeNull()
      }),
      { numRuns: 150 },
    )
  })

  const one = made(7, 200).find(({ decision }) => decision.lookups.some(isUseful))
  const decision = one?.decision as DecisionAudited

  test('a corrupted fact is told apart, also when the route stays', () => {
    const lookups = decision.lookups.map((lookup) =>
      isUseful(lookup) ? { ...lookup, facts: { ...lookup.facts, tier: 'GOLD' } } : lookup,
    )
    const judge = judgeOf()
    judge.take({ ...decision, lookups }, new Map())
    expect(judge.tally.problems.get('ALTERED')?.first[0]?.where).toContain(decision.callId)
    expect(holds(reportOf(judge.tally, false, 0))).toBe(false)
  })

  test('a corrupted target with a digest made to fit is told apart', () => {
    const judge = judgeOf()
    judge.take(sealed({ ...decision, target: { type: 'QUEUE', id: 'elsewhere' } }), new Map())
    expect(judge.tally.problems.get('DIFFERS')?.first[0]?.what).toContain('elsewhere')
    expect(judge.tally.identical).toBe(0)
  })

  test('words of core 1 for a number that is not there do no harm, all others do', () => {
    const bent = (cause: Cause, coreVersion: string) => {
      const lookups = decision.lookups.map((lookup) =>
        lookup.dependency === 'crm'
          ? { ...lookup, outcome: 'SKIPPED' as const, cause, origin: 'NONE' as const, facts: {} }
          : lookup,
      )
      const { arrival, arrivedAt } = decision
      const verdict = policy.decide({ arrival, arrivedAt, lookups })
      if (verdict === null) throw new Error('not decided')
      const fallbacks = verdict.fallbacks.map((each) =>
        each.cause === cause ? { ...each, sentence: 'said otherwise' } : each,
      )
      expect(fallbacks.some((each) => each.cause === cause)).toBe(true)
      return differenceOnReplay(
        { ...decision, ...verdict, coreVersion, lookups, fallbacks },
        policy,
      )
    }
    expect(bent('CALLER_WITHHELD', '1')).toBeNull()
    expect(bent('CALLER_WITHHELD', '2')).not.toBeNull()
    expect(bent('NEEDS_UNMET', '1')).not.toBeNull()
  })

  test('a decision of an unknown policy, and a record nobody can read, are named', () => {
    const judge = judgeOf()
    judge.take(sealed({ ...decision, policyVersion: 'gone' }), new Map())
    judge.unreadable('audit.decision 3:17')
    expect(judge.tally.problems.get('NO_POLICY')?.count).toBe(1)
    expect(judge.tally.problems.get('UNREADABLE')?.first[0]?.where).toBe('audit.decision 3:17')
  })

  test('repeats and losers are counted, not judged twice', () => {
    const judge = judgeOf()
    judge.take(decision, new Map())
    judge.take(decision, new Map())
    judge.take(sealed({ ...decision, effective: false, fallbacks: [] }), new Map())
    expect(judge.tally).toMatchObject({ records: 3, decisions: 1, repeats: 1, losers: 1 })
  })

  test('an unreadable arrival gives its default route again, with its reason', () => {
    const why = { cause: 'BAD_RESPONSE', detail: 'not Avro', waitedMs: 12 } as const
    const unreadable = sealed({
      ...decision,
      ...policy.unreadable(why),
      trigger: 'UNREADABLE',
      detail: why.detail,
      arrival: {},
    })
    expect(differenceOnReplay(unreadable, policy)).toBeNull()
    const bent = { ...unreadable, priority: 1 }
    expect(differenceOnReplay(bent, policy)).not.toBeNull()
  })
})

test('tallies of two halves add up to the tally of the whole', () => {
  const all = made(1, 1500)
  const patience = { windowMs: 3500, timeouts: new Map([['crm', 3000]]) }
  const judges = [judgeOf(patience), judgeOf(patience), judgeOf(patience)]
  const [whole, left, right] = judges
  for (const [index, one] of all.entries()) {
    const { decision, late } = recordingOf(one)
    whole?.take(decision, late)
    ;(index % 2 === 0 ? left : right)?.take(decision, late)
  }
  const sum = emptyTally()
  for (const half of [left, right]) if (half !== undefined) mergeTally(sum, half.tally)
  expect(sum.moves.size).toBeGreaterThan(0)
  expect(reportOf(sum, true, 50)).toEqual(reportOf(whole?.tally ?? emptyTally(), true, 50))
})

function isUseful({ dependency, outcome }: DecisionAudited['lookups'][number]): boolean {
  return dependency === 'crm' && outcome === 'FOUND'
}
