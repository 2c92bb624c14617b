/** Properties of deciding (design §4.2, §4.5, §6, §9), for the example policy and for random ones. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { UsedLookup } from '../../../schemas/records.ts'
import type { Privacy } from '../../../services/domain/privacy.ts'
import { loadPolicyFile } from '../../../services/policy/load.ts'
import type { Policy, Question } from '../../../services/policy/policy.ts'
import {
  arrivalFacts,
  arrivedAt,
  mask,
  randomPolicy,
  routeOf,
  settledLookup,
  settledLookups,
} from './arbitrary.ts'

const example = loadPolicyFile(new URL('../../../policy/policy.yaml', import.meta.url).pathname)

const privacy: Privacy = {
  keyId: 'k',
  token: (value) => `token-of-${value.length}`,
  mask: () => '**',
}

/** A policy, a question with everything settled, another such, and which lookups are in. */
const situations = {
  'the example policy': fc.constant(example),
  // Compiling one takes longer than many questions to it; a counterexample shows its text.
  'random policies': fc.constantFrom(...fc.sample(randomPolicy, 80)),
}

const situation = (policies: fc.Arbitrary<Policy>) =>
  policies.chain((policy) =>
    fc.record({
      policy: fc.constant(policy),
      arrival: arrivalFacts,
      arrivedAt,
      lookups: settledLookups(policy),
      others: settledLookups(policy),
      seen: mask(policy),
      more: mask(policy),
    }),
  )

const some = (lookups: readonly UsedLookup[], seen: readonly boolean[]) =>
  lookups.map((lookup, index) => (seen[index] === true ? lookup : null))

describe.each(Object.entries(situations))('%s', (_name, policies) => {
  const check = (property: (given: Given) => void, numRuns = 1500) =>
    fc.assert(fc.property(situation(policies), property), { numRuns })
  type Given = typeof given
  const given = fc.sample(situation(policies), 1)[0] as {
    policy: Policy
    arrival: Question['arrival']
    arrivedAt: number
    lookups: UsedLookup[]
    others: UsedLookup[]
    seen: boolean[]
    more: boolean[]
  }

  test('§6 totality: with nothing pending there is always a verdict, whatever came of the lookups', () => {
    check(({ policy, lookups, ...rest }) => {
      expect(policy.decide({ ...rest, lookups })).not.toBeNull()
    })
  })

  test('§6 totality: every lookup that was not live, fresh, complete and found is told', () => {
    check(({ policy, lookups, ...rest }) => {
      const told = policy.decide({ ...rest, lookups })?.fallbacks.map((each) => each.dependency)
      const short = lookups.filter(
        ({ outcome, origin, stale, missing }) =>
          outcome !== 'FOUND' || stale || missing.length > 0 || /CACHE|OVERRIDE/.test(origin),
      )
      expect(told).toEqual(short.map(({ dependency }) => dependency))
    })
  })

  test('§4.2 certainty: a verdict given while lookups are pending holds however they settle', () => {
    check(({ policy, lookups, others, seen, ...rest }) => {
      const early = policy.decide({ ...rest, lookups: some(lookups, seen) })
      if (early === null) return
      const end = lookups.map((lookup, index) => (seen[index] ? lookup : others[index]) ?? null)
      expect(routeOf(policy.decide({ ...rest, lookups: end }))).toEqual(routeOf(early))
    }, 4000)
  })

  test('§4.2 monotonicity: what is certain stays certain when more settles', () => {
    check(({ policy, lookups, seen, more, ...rest }) => {
      const early = policy.decide({ ...rest, lookups: some(lookups, seen) })
      if (early === null) return
      const union = seen.map((each, index) => each || more[index] === true)
      const later = policy.decide({ ...rest, lookups: some(lookups, union) })
      expect(routeOf(later)).toEqual(routeOf(early))
    }, 4000)
  })

  test('§2 decisive NO: no other answer of that dependency would have changed the route', () => {
    check(({ policy, lookups, others, ...rest }) => {
      const verdict = policy.decide({ ...rest, lookups })
      for (const { dependency, decisive } of verdict?.fallbacks ?? []) {
        if (decisive !== 'NO') continue
        const index = policy.dependencies.findIndex(({ name }) => name === dependency)
        const partial = isPartial(lookups[index])
        const instead = lookups.map((lookup, at) => {
          if (at === index) return partial ? completed(lookup, others[at]) : others[at]
          const needs = policy.dependencies[at]?.needs
          const follows = needs?.dependency === dependency
          const asked = !partial || lookups[index]?.missing.includes(needs?.fact ?? '') === true
          return follows && asked ? others[at] : lookup
        })
        const without = policy.decide({ ...rest, lookups: instead.map((each) => each ?? null) })
        expect(routeOf(without)).toEqual(routeOf(verdict))
      }
    }, 4000)
  })

  test('I7 replay: what a record keeps, with NOT_NEEDED for pending, gives the same verdict', () => {
    check(({ policy, lookups, seen, ...rest }) => {
      const live = policy.decide({ ...rest, lookups: some(lookups, seen) })
      if (live === null) return
      const recorded = lookups.map((lookup, index): UsedLookup => {
        if (seen[index] !== true) return { ...lookup, outcome: 'NOT_NEEDED', facts: {} }
        return { ...lookup, facts: policy.redact(lookup.dependency, lookup.facts, privacy) }
      })
      expect(policy.decide({ ...rest, lookups: recorded })).toEqual(live)
    })
  })

  test('§2 sentences: facts that are not live tell their source and when they were synced', () => {
    check(({ policy, lookups, ...rest }) => {
      for (const { origin, sentence } of policy.decide({ ...rest, lookups })?.fallbacks ?? []) {
        if (origin === 'CACHE') expect(sentence).toMatch(/cache.*synced/)
        if (origin === 'OVERRIDE') expect(sentence).toMatch(/manual override.*synced/)
      }
    })
  })
})

function isPartial(lookup: UsedLookup | undefined): boolean {
  return lookup?.outcome === 'FOUND' && lookup.origin === 'LIVE' && !lookup.stale
}

/** A partial answer with what it lacked filled in from elsewhere. */
function completed(partial: UsedLookup, from: UsedLookup | undefined): UsedLookup {
  const filled = partial.missing.flatMap((name) =>
    from !== undefined && Object.hasOwn(from.facts, name) ? [[name, from.facts[name]]] : [],
  )
  return { ...partial, missing: [], facts: { ...partial.facts, ...Object.fromEntries(filled) } }
}

describe('the example policy in particular', () => {
  const priority = example.dependencies.findIndex(({ name }) => name === 'priority')

  test('a VIP is certain as soon as the priority database has answered, whatever else hangs', () => {
    const lookups = fc.tuple(...example.dependencies.map((each) => fc.option(settledLookup(each))))
    fc.assert(
      fc.property(lookups, arrivalFacts, arrivedAt, (given, arrival, time) => {
        const vip = given.map((lookup, index) =>
          index === priority ? found('priority', { vip: true }) : lookup,
        )
        const verdict = example.decide({ arrival, arrivedAt: time, lookups: vip })
        expect(verdict).toMatchObject({ ruleId: 'vip', priority: 1 })
      }),
    )
  })

  test('§4.10 unreadable: the default route, with the reason', () => {
    const verdict = example.unreadable({
      cause: 'SCHEMA_UNAVAILABLE',
      detail: 'schema 7 could not be read',
      waitedMs: 2250,
    })
    expect(verdict).toMatchObject({ ruleId: 'default', target: { id: 'general' }, language: 'de' })
    expect(verdict.fallbacks).toMatchObject([
      {
        dependency: 'call.arrived',
        kind: 'FAILED',
        cause: 'SCHEMA_UNAVAILABLE',
        reason: 'UNREADABLE',
        sentence: 'The call could not be read, routed to general: schema 7 could not be read',
        waitedMs: 2250,
      },
    ])
  })

  test.each([
    ['no match is a state', { outcome: 'NO_MATCH', origin: 'NONE' }, 'STATE'],
    ['a withheld number is a state', { outcome: 'SKIPPED', cause: 'CALLER_WITHHELD' }, 'STATE'],
    ['a cached no match is degraded', { outcome: 'NO_MATCH', origin: 'CACHE' }, 'DEGRADED'],
    ['a stale answer is degraded', { stale: true }, 'DEGRADED'],
    ['a timeout failed', { outcome: 'TIMED_OUT', origin: 'NONE' }, 'FAILED'],
  ] as const)('§2 kind: %s', (_rule, changes, kind) => {
    const lookups = [
      { ...found('crm', {}), ...changes },
      null,
      null,
      found('priority', { vip: true }),
    ]
    const verdict = example.decide({ arrival: {}, arrivedAt: 0, lookups })
    expect(verdict?.fallbacks).toMatchObject([{ dependency: 'crm', kind }])
  })

  test.each([
    ['of a valid state is a state', 'NO_MATCH', 'STATE'],
    ['of a failure failed', 'TIMED_OUT', 'FAILED'],
  ] as const)('§2 kind: what was not asked because %s', (_rule, outcome, kind) => {
    const lookups = [
      { ...found('crm', {}), outcome, origin: 'NONE' as const },
      { ...found('billing', {}), outcome: 'SKIPPED' as const, cause: 'NEEDS_UNMET' as const },
      null,
      found('priority', { vip: true }),
    ]
    const verdict = example.decide({ arrival: {}, arrivedAt: 0, lookups })
    expect(verdict?.fallbacks[1]).toMatchObject({ dependency: 'billing', kind })
  })
})

function found(dependency: string, facts: UsedLookup['facts']): UsedLookup {
  return {
    dependency,
    outcome: 'FOUND',
    cause: null,
    origin: 'LIVE',
    stale: false,
    missing: [],
    facts,
    syncedAt: null,
    asked: '',
    attempts: 1,
    latencyMs: 20,
    budgetMs: 2000,
    detail: '',
    settledAt: 1,
    settledOffset: 1,
  }
}
