/** One decision taken apart: rule by rule, fallback by fallback, and what made the route certain. */
import type { FactValue, Fallback, UsedLookup } from '../../../schemas/records.ts'
import { ARRIVAL_PREFIX } from '../catalog.ts'
import type { PredicateDocument } from '../document.ts'
import { sourceOf } from '../evaluate/decide.ts'
import type { Source } from '../evaluate/decide.ts'
import { fitting, specificity } from '../evaluate/fallback.ts'
import { FALSE, TRUE } from '../evaluate/three-valued.ts'
import type { Truth } from '../evaluate/three-valued.ts'
import { own, viewOf } from '../evaluate/view.ts'
import type { OpenedPolicy } from '../load.ts'
import { namesOf } from '../names.ts'
import type { Question, Verdict } from '../policy.ts'
import { readByRoute } from '../space/space.ts'
import { because, judge, valueText, wanted } from './judge.ts'
import type { Judged, Seen } from './judge.ts'

export type Held = 'TRUE' | 'FALSE' | 'UNKNOWN'

/** One test: what it looked at, what was there, what the rule asks for. */
export interface Reason {
  readonly subject: string
  readonly actual: string
  readonly wanted: string
  /** Why the value is what it is, where that is not plain; else null. */
  readonly note: string | null
}

export interface ExplainedRule {
  readonly id: string
  readonly held: Held
  readonly because: readonly Reason[]
}

export interface ExplainedLookup {
  readonly dependency: string
  /** Null while pending. */
  readonly lookup: UsedLookup | null
  /** How it is told in the decision; null when it stands for itself, or nothing is decided yet. */
  readonly fallback: Fallback | null
  /** Why that fallback and none of the others that fit; null without one. */
  readonly why: string | null
}

export interface Explanation {
  readonly arrivedAt: number
  readonly inputs: Question['arrival']
  readonly lookups: readonly ExplainedLookup[]
  /** From the top to the one that decides, or keeps the route open. */
  readonly rules: readonly ExplainedRule[]
  readonly notReached: readonly string[]
  readonly verdict: Verdict | null
  /** What the route rests on, as references to facts and names of dependencies. */
  readonly restsOn: readonly string[]
  /** Pending lookups, and why each can't change the route any more, or can. */
  readonly pending: readonly { readonly dependency: string; readonly why: string }[]
}

const HELD: Readonly<Record<Truth, Held>> = { 0: 'FALSE', 1: 'UNKNOWN', 2: 'TRUE' }

/** Explains what a policy makes of a question. Pure; decides nothing itself. */
export function explain(opened: OpenedPolicy, question: Question): Explanation {
  const { policy, document, model, catalog } = opened
  const source = sourceOf(model, question)
  const seen: Seen = { names: namesOf(model, catalog), view: viewOf(source, null) }
  const verdict = policy.decide(question)
  const rules: ExplainedRule[] = []
  const rests = new Set<string>()
  let stopped = false
  for (const { id, when } of document.rules) {
    const held = judge(when, seen)
    const tests = because(when, seen)
    rules.push({ id, held: HELD[held], because: tests.map((test) => reasonOf(test, seen, source)) })
    for (const test of tests) rests.add(subjectOf(test.test))
    stopped = held !== FALSE
    if (stopped) break
  }
  if (!stopped) rules.push({ id: 'default', held: 'TRUE', because: [] })
  const deciding = document.rules.find(({ id }) => id === rules.at(-1)?.id)
  const route = deciding?.route ?? document.default
  for (const reference of readByRoute(route)) rests.add(reference)
  return {
    arrivedAt: question.arrivedAt,
    inputs: question.arrival,
    lookups: policy.dependencies.map(({ name }, index) =>
      explainLookup(opened, source, verdict, name, index),
    ),
    rules,
    notReached: stopped
      ? [...document.rules.slice(rules.length).map(({ id }) => id), 'default']
      : [],
    verdict,
    restsOn: [...rests],
    pending: pendingOf(opened, source, rules, rests),
  }
}

function reasonOf(judged: Judged, { names, view }: Seen, source: Source): Reason {
  const { test } = judged
  const subject = subjectOf(test)
  const reference = test.fact ?? test.known
  const give = (actual: string, note: string | null = null): Reason => ({
    subject,
    actual,
    wanted: wanted(judged),
    note,
  })
  if (reference !== undefined) {
    const slot = names.fact(reference)
    const value = view.fact(slot)
    const at = source.slots[slot]
    return give(valueText(value), at === undefined ? null : noteOn(at, value, source))
  }
  if (test.stale !== undefined) {
    const stale = view.stale(names.dependency(test.stale))
    return give(stale === undefined ? 'not known yet' : stale ? 'stale' : 'fresh')
  }
  if (test.flag !== undefined) {
    const raised = view.flag(names.flag(test.flag))
    return give(raised === TRUE ? 'raised' : raised === FALSE ? 'not raised' : 'not known yet')
  }
  if (test.open !== undefined) {
    return give(view.isOpen(names.calendar(test.open)) ? 'open' : 'closed')
  }
  const settled = (kind: 'outcome' | 'cause') =>
    Object.keys(test[kind] ?? {}).map((name) => {
      const value = view[kind](names.dependency(name))
      return value === undefined ? 'not known yet' : (value ?? 'none')
    })
  return give([...settled('outcome'), ...settled('cause')].join(', '))
}

function noteOn(
  { dependency, name }: Source['slots'][number],
  value: FactValue | undefined,
  source: Source,
): string | null {
  if (dependency < 0 || value === undefined) return null
  const lookup = source.lookups[dependency] ?? null
  if (lookup === null) return null
  const entry = source.substitute(dependency)
  if (value !== null && own(lookup.facts, name) === null) {
    return `stands in by ${entry?.reason ?? 'a fallback'}`
  }
  if (value !== null) return lookup.origin === 'LIVE' ? null : `from ${lookup.origin.toLowerCase()}`
  if (lookup.outcome !== 'FOUND') return `${lookup.dependency} ended in ${lookup.outcome}`
  return lookup.missing.includes(name) ? 'missing in the answer' : null
}

/** What a test looks at: `crm.tier`, `outcome of crm`, `calendar office`. */
function subjectOf(test: PredicateDocument): string {
  const { fact, known, stale, flag, open } = test
  if (fact !== undefined || known !== undefined) return fact ?? known ?? ''
  if (stale !== undefined) return `age of ${stale}`
  if (flag !== undefined) return `flag ${flag}`
  if (open !== undefined) return `calendar ${open}`
  const names = (kind: 'outcome' | 'cause') =>
    Object.keys(test[kind] ?? {}).map((name) => `${kind} of ${name}`)
  return [...names('outcome'), ...names('cause')].join(' and ')
}

function explainLookup(
  { document }: OpenedPolicy,
  source: Source,
  verdict: Verdict | null,
  dependency: string,
  index: number,
): ExplainedLookup {
  const lookup = source.lookups[index] ?? null
  const fallback = verdict?.fallbacks.find((each) => each.dependency === dependency) ?? null
  const entries = document.dependencies[dependency]?.fallbacks ?? []
  if (lookup === null || source.substitute(index) === null) {
    return { dependency, lookup, fallback, why: null }
  }
  const [first, second] = fitting(entries, lookup).flatMap((at) => entries[at] ?? [])
  if (first === undefined) return { dependency, lookup, fallback, why: null }
  const conditions = JSON.stringify(first.when)
    .replaceAll('"', '')
    .replaceAll(/([:,])/gu, '$1 ')
  const than =
    second === undefined
      ? 'no other fits'
      : specificity(first.when) > specificity(second.when)
        ? `${second.reason} fits too, and names less`
        : `${second.reason} fits as well, and stands below`
  return { dependency, lookup, fallback, why: `${first.reason} fits ${conditions}; ${than}` }
}

function pendingOf(
  { policy, document }: OpenedPolicy,
  source: Source,
  rules: readonly ExplainedRule[],
  rests: ReadonlySet<string>,
): Explanation['pending'] {
  const last = rules.at(-1)
  const speaksOf = (name: string) => (text: string) =>
    text.startsWith(`${name}.`) || text.split(/ of | and /u).includes(name)
  return policy.dependencies.flatMap(({ name }, index) => {
    if ((source.lookups[index] ?? null) !== null || name === ARRIVAL_PREFIX) return []
    const waited = [...rests].filter(speaksOf(name))
    if (last?.held === 'UNKNOWN' || waited.length > 0) {
      const what = waited.length === 0 ? 'flags it may raise' : waited.join(', ')
      const needed =
        waited.length > 0 || last?.because.some(({ subject }) => subject.startsWith('flag'))
      return needed
        ? [{ dependency: name, why: `${last?.id ?? ''} waits for ${what}` }]
        : [{ dependency: name, why: `not what ${last?.id ?? ''} waits for` }]
    }
    const reads = document.rules.slice(0, rules.length).some(({ when }) => mentions(when, name))
    return [
      {
        dependency: name,
        why: reads
          ? 'rules up to this one read it, and come out the same whatever it says'
          : 'no rule up to this one reads it',
      },
    ]
  })
}

function mentions(condition: PredicateDocument, dependency: string): boolean {
  const text = JSON.stringify(condition)
  return text.includes(`"${dependency}.`) || text.includes(`"${dependency}"`)
}
