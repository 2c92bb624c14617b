/**
 * Every combination that policies can tell apart: inputs of the call, opening hours, the ways each
 * lookup can end, and the facts it gives, each with the values that some rule distinguishes and one
 * more. Pure. What a combination means to a policy is read through a lens (`lens.ts`); how all of them
 * are covered without listing each one, `walk.ts`.
 */
import type { FactValue } from '../../../schemas/records.ts'
import { canonical } from '../../domain/canonical.ts'
import { splitReference } from '../catalog.ts'
import { dependenceOf, valuesOf } from '../check/variables.ts'
import type { DependencyDocument, PredicateDocument, RouteDocument, Scalar } from '../document.ts'
import { compileChoice } from '../evaluate/fallback.ts'
import type { OpenedPolicy } from '../load.ts'
import { classesOf, endings, NOTHING } from './endings.ts'
import type { Distinguishing, EndingClass, StandIn } from './endings.ts'

export type Axis =
  | { readonly kind: 'input'; readonly name: string; readonly values: readonly FactValue[] }
  | { readonly kind: 'calendar'; readonly name: string; readonly values: readonly boolean[] }
  | { readonly kind: 'ending'; readonly name: string; readonly values: readonly EndingClass[] }
  | {
      readonly kind: 'fact'
      /** `dependency.fact`. */
      readonly name: string
      readonly values: readonly FactValue[]
    }

export interface SpaceDependency {
  readonly name: string
  readonly ending: number
  /** By name of the fact: its axis. */
  readonly facts: ReadonlyMap<string, number>
  /** The dependency whose fact this one waits for, and that fact. */
  readonly needs: { readonly dependency: number; readonly fact: string } | null
}

export interface Space {
  readonly axes: readonly Axis[]
  readonly dependencies: readonly SpaceDependency[]
  /** The axis of an input or fact by its reference; of a calendar by `calendarKey`. */
  readonly axisOf: ReadonlyMap<string, number>
}

/** By axis the index of a value; -1: any. */
export type Assignment = Int16Array

/** Two policies may define one calendar differently: then it is two. */
export function calendarKey(name: string, opened: OpenedPolicy): string {
  return `calendar ${name} ${canonical(opened.document.calendars[name])}`
}

/**
 * The space of one policy, or the common one of several. `only`, when given, chooses the ways a
 * dependency can end.
 */
export function spaceOf(
  policies: readonly OpenedPolicy[],
  only: (dependency: string, ending: EndingClass['example']) => boolean = () => true,
): Space {
  const axes: Axis[] = []
  const axisOf = new Map<string, number>()
  const add = (key: string, axis: Axis): void => {
    if (!axisOf.has(key)) axisOf.set(key, axes.push(axis) - 1)
  }
  const reads = policies.map(readingsOf)
  const constants = new Map<string, Set<Scalar>>()
  for (const { facts } of reads) {
    for (const [reference, values] of facts) {
      constants.set(reference, new Set([...(constants.get(reference) ?? []), ...values]))
    }
  }
  for (const [reference, values] of constants) {
    const named = policies.find(({ catalog }) => catalog.fact(reference) !== null)
    if (named === undefined) continue
    const kind = reference.startsWith('call.') ? 'input' : 'fact'
    add(reference, {
      kind,
      name: reference,
      values: distinct(valuesOf(reference, values, named.catalog)),
    })
  }
  for (const [at, { calendars }] of reads.entries()) {
    const opened = policies[at]
    if (opened === undefined) continue
    for (const name of calendars) {
      add(calendarKey(name, opened), { kind: 'calendar', name, values: [true, false] })
    }
  }
  const names = new Set(
    policies.flatMap(({ policy }) => policy.dependencies.map(({ name }) => name)),
  )
  for (const name of names) {
    const facts = factsOf(name, axisOf)
    const values = endingsIn(policies, name, facts, (ending) => only(name, ending))
    add(`ending ${name}`, { kind: 'ending', name, values })
  }
  return { axes, axisOf, dependencies: dependenciesOf(policies, [...names], axisOf) }
}

function distinct(values: readonly FactValue[]): FactValue[] {
  return [...new Map(values.map((value) => [JSON.stringify(value), value])).values()]
}

interface Readings {
  /** By reference, the constants it is compared with. */
  readonly facts: ReadonlyMap<string, ReadonlySet<Scalar>>
  readonly calendars: readonly string[]
}

/** What rules, routes and needs of a policy read. */
function readingsOf({ document }: OpenedPolicy): Readings {
  const { variables, constants } = dependenceOf(document.rules.map(({ when }) => when))
  const facts = new Map<string, ReadonlySet<Scalar>>()
  const calendars: string[] = []
  for (const variable of variables.values()) {
    if (variable.kind === 'fact') {
      facts.set(variable.reference, constants.get(variable.reference) ?? new Set())
    } else if (variable.kind === 'open') calendars.push(variable.name)
  }
  const routes = [...document.rules.map(({ route }) => route), document.default]
  const needed = Object.values(document.dependencies).flatMap(({ needs }) => needs ?? [])
  for (const reference of [...routes.flatMap(readByRoute), ...needed]) {
    if (!facts.has(reference)) facts.set(reference, new Set())
  }
  return { facts, calendars }
}

/** References of the facts that a route itself uses. */
export function readByRoute({ skills, language, preferredAgent }: RouteDocument): string[] {
  return [
    ...skills.flatMap(({ fact }) => fact ?? []),
    ...(typeof language === 'object' ? [language.fact] : []),
    ...(preferredAgent === undefined ? [] : [preferredAgent.fact]),
  ]
}

function factsOf(dependency: string, axisOf: ReadonlyMap<string, number>): Map<string, number> {
  const prefix = `${dependency}.`
  const own = [...axisOf].filter(([reference]) => reference.startsWith(prefix))
  return new Map(own.map(([reference, axis]) => [reference.slice(prefix.length), axis]))
}

function endingsIn(
  policies: readonly OpenedPolicy[],
  name: string,
  facts: ReadonlyMap<string, number>,
  only: (ending: EndingClass['example']) => boolean,
): EndingClass[] {
  const documents = policies.map(({ document }) => document)
  const own = documents.flatMap(({ dependencies }) => dependencies[name] ?? [])
  const sets = missingSetsOf(own, facts)
  const needsFact = own.some(({ needs }) => needs !== null)
  const distinguishing = policies.map((opened) => distinguishingIn(opened, name, facts))
  const possible = [...endings(needsFact, sets)].filter(only)
  return classesOf(possible, distinguishing, new Set(facts.keys()))
}

/** The sets of facts an answer may lack: none, one that nothing reads, each that is read, and all. */
export function missingSetsOf(
  declared: readonly Pick<DependencyDocument, 'fallbacks' | 'facts'>[],
  read: ReadonlyMap<string, unknown>,
): readonly (readonly string[])[] {
  const named = declared.flatMap(({ fallbacks }) =>
    fallbacks.flatMap(({ when }) => (typeof when.missing === 'object' ? when.missing : [])),
  )
  const telling = new Set([...read.keys(), ...named])
  const other = declared
    .flatMap(({ facts }) => Object.keys(facts))
    .find((fact) => !telling.has(fact))
  const singles = [...telling].map((fact) => [fact])
  const all = telling.size > 1 ? [[...telling]] : []
  return [[], ...(other === undefined ? [] : [[other]]), ...singles, ...all]
}

/** What tells endings of a dependency apart in a policy; `facts` are those anything reads. */
export function distinguishingIn(
  { document, model }: OpenedPolicy,
  name: string,
  facts: ReadonlyMap<string, number>,
): Distinguishing {
  const entries = document.dependencies[name]?.fallbacks ?? []
  const choose = compileChoice(entries)
  const read = new Set(model.flags.map((flag) => flag.name))
  const standIns = entries.map((entry): StandIn => {
    const told = Object.entries(entry.facts).filter(([fact]) => facts.has(fact))
    return { facts: Object.fromEntries(told), flags: entry.flags.filter((flag) => read.has(flag)) }
  })
  const conditions = document.rules.map(({ when }) => when)
  return {
    standIn: (ending) => standIns[choose(ending)] ?? NOTHING,
    outcomes: testedIn(conditions, 'outcome', name),
    causes: testedIn(conditions, 'cause', name),
    byStale: dependenceOf(conditions).variables.has(`stale ${name}`),
  }
}

/** The outcomes or causes of a dependency that conditions name. */
function testedIn(
  conditions: readonly PredicateDocument[],
  kind: 'outcome' | 'cause',
  name: string,
): Set<string> {
  const tested = conditions.flatMap((condition): readonly string[] => {
    const inner = [
      ...(condition.all ?? []),
      ...(condition.any ?? []),
      ...[condition.not ?? []].flat(),
    ]
    return [...[condition[kind]?.[name] ?? []].flat(), ...testedIn(inner, kind, name)]
  })
  return new Set(tested)
}

function dependenciesOf(
  policies: readonly OpenedPolicy[],
  names: readonly string[],
  axisOf: ReadonlyMap<string, number>,
): SpaceDependency[] {
  return names.map((name) => {
    const needs = policies
      .flatMap(({ document }) => document.dependencies[name]?.needs ?? [])
      .map(splitReference)
      .at(-1)
    return {
      name,
      ending: axisOf.get(`ending ${name}`) ?? -1,
      facts: factsOf(name, axisOf),
      needs:
        needs === undefined
          ? null
          : { dependency: names.indexOf(needs.dependency), fact: needs.fact },
    }
  })
}
