/** Random questions, and random policies over a few declarations, for the properties of deciding. */
import fc from 'fast-check'
import type { FactValue, Origin, UsedLookup } from '../../../schemas/records.ts'
import { CrosspointErrors } from '../../../services/errors.ts'
import type { Facts } from '../../../services/domain/facts.ts'
import { loadPolicy } from '../../../services/policy/load.ts'
import type { DependencyPolicy, Policy, Verdict } from '../../../services/policy/policy.ts'
import { CAUSES, OUTCOMES } from '../../../services/policy/words.ts'

const STRINGS = ['PLATINUM', 'STANDARD', 'HIGH', 'support-1', 'de', 'x', 'y'] as const

function factValue(type: string): fc.Arbitrary<FactValue> {
  const nothing = fc.constant(null)
  if (type === 'boolean') return fc.oneof(fc.boolean(), nothing)
  if (type === 'string') return fc.oneof(fc.constantFrom(...STRINGS), nothing)
  if (type === 'strings') return fc.oneof(fc.subarray([...STRINGS]), nothing)
  return fc.oneof(fc.integer({ min: -3, max: 3 }), nothing)
}

/** Any way a lookup may settle, including ways no enricher would take. */
export function settledLookup(dependency: DependencyPolicy): fc.Arbitrary<UsedLookup> {
  const names = Object.keys(dependency.facts)
  const facts = fc.record(
    Object.fromEntries(
      Object.entries(dependency.facts).map(([name, { type }]) => [name, factValue(type)]),
    ),
    { requiredKeys: [] },
  )
  return fc.record({
    dependency: fc.constant(dependency.name),
    outcome: fc.oneof(
      { weight: 2, arbitrary: fc.constant('FOUND' as const) },
      fc.constantFrom(...OUTCOMES),
    ),
    cause: fc.option(fc.constantFrom(...CAUSES)),
    origin: fc.oneof(
      fc.constant<Origin>('LIVE'),
      fc.constantFrom<Origin>('CACHE', 'OVERRIDE', 'NONE'),
    ),
    stale: fc.oneof({ weight: 3, arbitrary: fc.constant(false) }, fc.constant(true)),
    missing: fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, fc.subarray(names)),
    facts: facts as fc.Arbitrary<Facts>,
    syncedAt: fc.option(fc.integer({ min: 0, max: 4e12 })),
    asked: fc.constant('by ani'),
    attempts: fc.constant(1),
    latencyMs: fc.integer({ min: 0, max: 2500 }),
    budgetMs: fc.constant(dependency.timeoutMs),
    detail: fc.constant(''),
    settledAt: fc.constant(1),
    settledOffset: fc.constant(1),
  })
}

/** One settled lookup per dependency of the policy. */
export function settledLookups(policy: Policy): fc.Arbitrary<UsedLookup[]> {
  return fc.tuple(...policy.dependencies.map(settledLookup))
}

const ARRIVAL = {
  dnis: ['+4930901820099', '+4930901820010'],
  language: ['en', 'fr', 'x'],
  ivrIntent: ['billing', 'x'],
  ivrChoice: ['1', '2'],
  'virtualAgent.intent': ['billing', 'login'],
  aniPresentation: ['ALLOWED', 'RESTRICTED'],
}

export const arrivalFacts: fc.Arbitrary<Facts> = fc.record(
  {
    ...Object.fromEntries(
      Object.entries(ARRIVAL).map(([name, values]) => [name, fc.constantFrom(...values)]),
    ),
    'virtualAgent.confidence': fc.constantFrom(0.2, 0.6, 0.9),
  },
  { requiredKeys: [] },
) as fc.Arbitrary<Facts>

/** 2026 to 2027, so that hours, weekends and holidays all come up. */
export const arrivedAt = fc.integer({ min: 1_767_225_600_000, max: 1_830_297_600_000 })

/** Which of a policy's lookups are settled, by dependency. */
export function mask(policy: Policy): fc.Arbitrary<boolean[]> {
  return fc.tuple(...policy.dependencies.map(() => fc.boolean()))
}

/** The route of a verdict: everything but flags and fallbacks, which follow what settles later. */
export function routeOf(verdict: Verdict | null) {
  if (verdict === null) return null
  const { flags: _flags, fallbacks: _fallbacks, ...route } = verdict
  return route
}

const leaf = fc.oneof(
  fc.record({ fact: fc.constant('a.text'), is: fc.constantFrom('x', 'y') }),
  fc.record({ fact: fc.constant('a.text'), isNot: fc.constantFrom('x', 'y') }),
  fc.record({ fact: fc.constant('a.text'), in: fc.constant(['x', 'de']) }),
  fc.record({ fact: fc.constant('a.count'), above: fc.integer({ min: -2, max: 2 }) }),
  fc.record({ fact: fc.constant('b.yes'), is: fc.boolean() }),
  fc.record({ fact: fc.constant('b.tags'), contains: fc.constantFrom('x', 'y') }),
  fc.record({ fact: fc.constant('call.language'), is: fc.constantFrom('en', 'x') }),
  fc.record({ known: fc.constantFrom('a.secret', 'a.text', 'b.yes', 'call.ivrIntent') }),
  fc.record({ stale: fc.constantFrom('a', 'b', 'c') }),
  fc.record({ flag: fc.constantFrom('FLAG_A', 'FLAG_B', 'FLAG_BOTH') }),
  fc.record({ outcome: fc.record({ a: fc.constantFrom('FOUND', 'NO_MATCH', 'TIMED_OUT') }) }),
  fc.record({ outcome: fc.record({ c: fc.constantFrom('FOUND', 'SKIPPED', 'NO_ANSWER') }) }),
  fc.record({ cause: fc.record({ b: fc.constantFrom('RESPONSE', 'UNREACHABLE') }) }),
  fc.record({ open: fc.constant('office') }),
)

const condition: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc.record({ all: fc.array(tie('node'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ any: fc.array(tie('node'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ not: tie('node') }),
  ),
})).node

const route = fc.record(
  {
    target: fc.constantFrom('one', 'two'),
    priority: fc.integer({ min: 1, max: 3 }),
    skills: fc.constant([{ fact: 'a.text' }]),
    language: fc.constantFrom({ fact: 'c.tongue' }, 'en'),
    preferredAgent: fc.constant({ fact: 'b.owner', waitMs: 10 }),
    flags: fc.constant(['ROUTE_FLAG']),
  },
  { requiredKeys: ['target'] },
)

const KEEP = (type: string) => ({ type, audit: 'keep' })

const fallbacks = (flag: string, facts: object, name: string) => [
  { when: {}, reason: 'ANY', sentence: '{dependency} {outcome}', flags: [flag] },
  { when: { outcome: 'TIMED_OUT' }, reason: 'SLOW', sentence: 'slow', facts, flags: ['FLAG_BOTH'] },
  { when: { missing: [name] }, reason: 'PART', sentence: 'lacks {missing}', facts },
  { when: { outcome: 'NO_MATCH' }, reason: 'NONE', sentence: 'none' },
]

/** A policy with random rules and routes over dependencies a, b and c, where c needs a fact of a. */
export const randomPolicy: fc.Arbitrary<Policy> = fc
  .record({
    rules: fc.array(fc.record({ when: condition, route }), { minLength: 1, maxLength: 4 }),
    fallback: route,
  })
  .map(({ rules, fallback }) => policyOrNull(rules, fallback))
  .filter((policy) => policy !== null)

function policyOrNull(rules: readonly object[], fallback: object): Policy | null {
  const text = JSON.stringify({
    policy: 'random',
    targets: { one: {}, two: {} },
    calendars: {
      office: { timeZone: 'UTC', hours: [{ days: ['mon'], from: '00:00', to: '24:00' }] },
    },
    arrival: { language: 'keep', ivrIntent: 'token' },
    dependencies: {
      a: {
        timeoutMs: 2000,
        facts: {
          text: KEEP('string'),
          count: KEEP('long'),
          secret: { type: 'string', audit: 'token' },
        },
        fallbacks: fallbacks('FLAG_A', { text: 'x', count: 1 }, 'text'),
      },
      b: {
        timeoutMs: 2000,
        facts: { yes: KEEP('boolean'), tags: KEEP('strings'), owner: KEEP('string') },
        fallbacks: fallbacks('FLAG_B', { yes: true }, 'yes'),
      },
      c: {
        timeoutMs: 2000,
        needs: 'a.secret',
        facts: { tongue: KEEP('string') },
        fallbacks: fallbacks('FLAG_C', { tongue: 'y' }, 'tongue'),
      },
    },
    rules: rules.map((rule, index) => ({ id: `rule-${index}`, ...rule })),
    default: fallback,
  })
  try {
    return loadPolicy(text, { file: 'random' })
  } catch (error) {
    const dead = (each: { code: string }) => each.code === 'XP_POLICY_RULE'
    if (error instanceof CrosspointErrors && error.errors.every(dead)) return null
    throw error
  }
}
