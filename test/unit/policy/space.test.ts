/**
 * The space of combinations: what the walk says of all of them is what the policy does in each, counted
 * one by one by code that shares nothing with it but the list of endings.
 */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { FactValue, UsedLookup } from '../../../schemas/records.ts'
import { loadPolicy, openPolicy, openPolicyFile } from '../../../services/policy/load.ts'
import type { OpenedPolicy } from '../../../services/policy/load.ts'
import { blank, cover, COVER } from '../../../services/policy/space/cover.ts'
import { endings } from '../../../services/policy/space/endings.ts'
import type { PossibleEnding } from '../../../services/policy/space/endings.ts'
import { lensOf } from '../../../services/policy/space/lens.ts'
import { spaceOf } from '../../../services/policy/space/space.ts'
import type { Assignment, Space } from '../../../services/policy/space/space.ts'
import type { Question } from '../../../services/policy/policy.ts'
import { weigh } from '../../../services/policy/space/weigh.ts'
import { randomPolicy } from './arbitrary.ts'

const SMALL = `policy: small
targets: { one: {}, two: {}, three: {} }
arrival: { language: keep }
dependencies:
  crm:
    timeoutMs: 2000
    facts:
      id: { type: string, audit: token }
      tier: { type: string, audit: keep }
      rest: { type: string, audit: keep }
    fallbacks:
      - { when: {}, reason: ANY, sentence: x, flags: [LOOK] }
      - { when: { outcome: TIMED_OUT }, reason: SLOW, sentence: x, facts: { tier: GOLD } }
      - { when: { outcome: FOUND, missing: [tier] }, reason: PART, sentence: x }
  bill:
    timeoutMs: 2000
    needs: crm.id
    facts:
      due: { type: boolean, audit: keep }
    fallbacks:
      - { when: {}, reason: ANY, sentence: x, facts: { due: true } }
      - { when: { outcome: NO_MATCH }, reason: NONE, sentence: x }
rules:
  - { id: gold, when: { fact: crm.tier, is: GOLD }, route: { target: one } }
  - id: due
    when: { all: [{ fact: bill.due, is: true }, { not: { flag: LOOK } }] }
    route: { target: two }
  - { id: old, when: { stale: crm }, route: { target: two } }
  - id: tongue
    when: { any: [{ fact: call.language, is: fr }, { cause: { bill: NEEDS_UNMET } }] }
    route: { target: three }
default: { target: three }
`

const lookupOf = (
  dependency: string,
  { possible: _possible, ...ending }: PossibleEnding,
  facts: Record<string, FactValue>,
): UsedLookup => ({
  dependency,
  ...ending,
  syncedAt: null,
  asked: '',
  attempts: 1,
  latencyMs: 1,
  facts:
    ending.outcome === 'FOUND'
      ? Object.fromEntries(Object.entries(facts).filter(([name]) => !ending.missing.includes(name)))
      : {},
  budgetMs: 1,
  detail: '',
  settledAt: 1,
  settledOffset: 1,
})

/** Every way CRM can end, with the facts that can be told apart. */
function* crmLookups() {
  const sets = [[], ['rest'], ['id'], ['tier'], ['id', 'tier']]
  for (const ending of endings(false, sets)) {
    const given = (name: string) => ending.outcome === 'FOUND' && !ending.missing.includes(name)
    for (const id of given('id') ? ['7', null] : [null]) {
      for (const tier of given('tier') ? ['GOLD', 'other', null] : [null]) {
        yield { lookup: lookupOf('crm', ending, { id, tier }), known: id !== null }
      }
    }
  }
}

function* billLookups(known: boolean) {
  for (const ending of endings(true, [[], ['due']])) {
    if (ending.possible === (known ? 'NEED_UNMET' : 'NEED_MET')) continue
    const given = ending.outcome === 'FOUND' && ending.missing.length === 0
    for (const due of given ? [true, false, null] : [null]) {
      yield lookupOf('bill', ending, { due })
    }
  }
}

/** By rule, how many combinations it decides, one after the other. */
function countedOneByOne(): Record<string, number> {
  const policy = loadPolicy(SMALL, { file: 'p' })
  const counts: Record<string, number> = {}
  for (const language of ['fr', 'other', null]) {
    const arrival = language === null ? {} : { language }
    for (const { lookup: crm, known } of crmLookups()) {
      for (const bill of billLookups(known)) {
        const id = policy.decide({ arrival, arrivedAt: 0, lookups: [crm, bill] })?.ruleId ?? 'none'
        counts[id] = (counts[id] ?? 0) + 1
      }
    }
  }
  return counts
}

function rulesOf(opened: OpenedPolicy) {
  const space = spaceOf([opened])
  const lens = lensOf(space, opened, 0)
  const asked = {
    ask: (at: Assignment) => lens.decide(at, lens.view(at)),
    residue: (at: Assignment) => lens.residue(at, lens.view(at)),
    nameOf: ({ id }: { readonly id: string }) => id,
  }
  return { space, asked }
}

const weights = (groups: ReadonlyMap<string, { readonly weight: number }>) =>
  Object.fromEntries([...groups].map(([id, { weight }]) => [id, weight]))

describe('§6 enumeration', () => {
  test('a small space is counted as it is one by one, needs and partial answers included', () => {
    const { space, asked } = rulesOf(openPolicy(SMALL, { file: 'p' }))
    const covered = cover(space, asked)
    const counts = countedOneByOne()
    expect(covered.exhaustive).toBe(true)
    expect(covered.weight).toBe(Object.values(counts).reduce((sum, each) => sum + each, 0))
    expect(weights(covered.groups)).toEqual(counts)
  })

  test('following situations that go on alike once changes nothing', () => {
    fc.assert(
      fc.property(fc.constantFrom(...fc.sample(randomPolicy, 25)), (policy) => {
        const { space, asked } = rulesOf(openPolicy(policy.text, { file: 'p' }))
        let all = 0
        const each = { ...asked, residue: () => String(all++) }
        const apart = cover(space, each, { ...COVER, looksMax: 3000 })
        fc.pre(apart.exhaustive)
        const together = cover(space, asked)
        expect(together.groups.size).toBe(apart.groups.size)
        for (const [id, { weight }] of apart.groups) {
          const ratio = (together.groups.get(id)?.weight ?? 0) / weight
          expect(ratio).toBeCloseTo(1, 9)
        }
      }),
      { numRuns: 25 },
    )
  })

  test('an example of a group comes to the same decision, and groups make up the whole', () => {
    const opened = openPolicyFile('policy/policy.yaml')
    const { space, asked } = rulesOf(opened)
    const { groups, weight, exhaustive } = cover(space, asked)
    expect(exhaustive).toBe(true)
    expect(weight).toBe(weigh(space, blank(space)))
    expect([...groups.values()].reduce((sum, group) => sum + group.weight / weight, 0)).toBeCloseTo(
      1,
    )
    for (const [id, { example }] of groups) {
      expect(asked.ask(example)).toMatchObject({ leaf: { id } })
    }
  })

  test('where the space is too large a sample is drawn, the same for the same seed', () => {
    const { space, asked } = rulesOf(openPolicy(SMALL, { file: 'p' }))
    const draw = (seed: number) => cover(space, asked, { looksMax: 1, samples: 4000, seed })
    const sampled = draw(7)
    expect(sampled.exhaustive).toBe(false)
    expect(weights(draw(7).groups)).toEqual(weights(sampled.groups))
    expect(weights(draw(8).groups)).not.toEqual(weights(sampled.groups))
    for (const [id, count] of Object.entries(countedOneByOne())) {
      const share = (sampled.groups.get(id)?.weight ?? 0) / sampled.weight
      expect(Math.abs(share - count / sampled.weight)).toBeLessThan(0.04)
    }
  })

  test('what a policy sees of a combination is what it decides on as a question', () => {
    const opened = openPolicyFile('policy/policy.yaml')
    const { space, asked } = rulesOf(opened)
    const draws = fc.array(fc.nat({ max: 999 }), {
      minLength: space.axes.length,
      maxLength: space.axes.length,
    })
    fc.assert(
      fc.property(draws, (drawn) => {
        const at = blank(space)
        space.axes.forEach(({ values }, index) => (at[index] = (drawn[index] ?? 0) % values.length))
        const step = asked.ask(at)
        const verdict = opened.policy.decide(questionAt(space, at))
        expect('leaf' in step && step.leaf.id).toBe(verdict?.ruleId)
      }),
      { numRuns: 3000 },
    )
  })
})

const OPEN = Date.parse('2026-11-20T10:00:00Z')
const CLOSED = Date.parse('2026-11-22T10:00:00Z')

/** A combination with every axis set, told as a call. */
function questionAt(space: Space, at: Assignment): Question {
  const valueAt = (index: number): FactValue => {
    const axis = space.axes[index]
    const value = at[index] ?? -1
    return axis?.kind === 'input' || axis?.kind === 'fact' ? (axis.values[value] ?? null) : null
  }
  const inputs = space.axes.flatMap(({ kind, name }, index): [string, FactValue][] => {
    const value = valueAt(index)
    return kind === 'input' && value !== null ? [[name.slice('call.'.length), value]] : []
  })
  const calendar = space.axes.findIndex(({ kind }) => kind === 'calendar')
  return {
    arrival: Object.fromEntries(inputs),
    arrivedAt: at[calendar] === 0 ? OPEN : CLOSED,
    lookups: space.dependencies.map(({ name, ending, facts }) => {
      const axis = space.axes[ending]
      const ended = axis?.kind === 'ending' ? axis.values[at[ending] ?? 0] : undefined
      if (ended === undefined) throw new Error(`${name} ends in nothing`)
      const given = [...facts].map(([fact, index]): [string, FactValue] => [fact, valueAt(index)])
      return lookupOf(name, { ...ended.example, possible: 'ALWAYS' }, Object.fromEntries(given))
    }),
  }
}
