/** What changes from one policy to another: routes of combinations, fallbacks of endings, times. */
import type { OpenedPolicy } from '../load.ts'
import { canonical } from '../../domain/canonical.ts'
import type { FallbackDocument, RouteDocument } from '../document.ts'
import { compileChoice, needsFallback } from '../evaluate/fallback.ts'
import { cover, COVER } from '../space/cover.ts'
import type { CoverOptions, Step } from '../space/cover.ts'
import { endings } from '../space/endings.ts'
import { lensOf } from '../space/lens.ts'
import type { DecidingRule } from '../space/lens.ts'
import { missingSetsOf, spaceOf } from '../space/space.ts'
import type { Assignment } from '../space/space.ts'
import { endingText, phrases } from '../space/words.ts'

/** Combinations that one rule decided and another decides now, to another route. */
export interface RouteChange {
  readonly from: RouteText
  readonly to: RouteText
  readonly weight: number
  readonly example: readonly string[]
}

export interface RouteText {
  readonly rule: string
  /** The target and all else the route says, for people. */
  readonly route: string
}

/** Endings of a lookup that are answered otherwise. */
export interface FallbackChange {
  readonly dependency: string
  readonly from: string
  readonly to: string
  readonly endings: number
  readonly example: string
}

export interface PolicyDiff {
  readonly same: boolean
  readonly weight: number
  readonly changed: number
  readonly exhaustive: boolean
  readonly routes: readonly RouteChange[]
  readonly fallbacks: readonly FallbackChange[]
  /** Times, staleness, needs, audit classes: one line each, `what: old → new`. */
  readonly declared: readonly string[]
}

/** Compares two policies over the combinations that either can tell apart. */
export function diff(
  old: OpenedPolicy,
  next: OpenedPolicy,
  options: CoverOptions = COVER,
): PolicyDiff {
  const space = spaceOf([old, next])
  const lenses = [lensOf(space, old, 0), lensOf(space, next, 1)] as const
  const routes = [routesOf(old), routesOf(next)] as const
  type Pair = readonly [DecidingRule, DecidingRule]
  const asked = {
    ask(at: Assignment): Step<Pair> {
      const before = lenses[0].decide(at, lenses[0].view(at))
      if (!('leaf' in before)) return before
      const after = lenses[1].decide(at, lenses[1].view(at))
      return 'leaf' in after ? { leaf: [before.leaf, after.leaf] } : after
    },
    residue: (at: Assignment) => lenses.map((lens) => lens.residue(at, lens.view(at))).join('|'),
    nameOf: ([before, after]: Pair) => `${before.id} ${after.id}`,
  }
  const covered = cover(space, asked, options)
  const changes = [...covered.groups.values()].flatMap(
    ({ leaf: [before, after], weight, example }) => {
      const from = routes[0].get(before.id)
      const to = routes[1].get(after.id)
      if (from === undefined || to === undefined || from.key === to.key) return []
      return [
        {
          from: { rule: before.id, route: from.text },
          to: { rule: after.id, route: to.text },
          weight,
          example: phrases(space, example),
        },
      ]
    },
  )
  const fallbacks = fallbackChanges(old, next)
  const declared = declaredChanges(old, next)
  return {
    same: changes.length + fallbacks.length + declared.length === 0,
    weight: covered.weight,
    changed: changes.reduce((sum, { weight }) => sum + weight, 0),
    exhaustive: covered.exhaustive,
    routes: changes,
    fallbacks,
    declared,
  }
}

/** By rule, its route: a text to compare by, and one for people. */
function routesOf({ document, catalog }: OpenedPolicy) {
  const all = [...document.rules, { id: 'default', route: document.default }]
  return new Map(
    all.map(({ id, route }) => {
      const { target, overflowTarget, ...rest } = route
      const targets = [target, overflowTarget].map(
        (name) => catalog.targets.get(name ?? '') ?? null,
      )
      return [id, { key: canonical([targets, rest]), text: routeText(route) }]
    }),
  )
}

function routeText(route: RouteDocument): string {
  const { target, priority, skills, language, preferredAgent, overflowTarget, treatment, flags } =
    route
  const spoken = typeof language === 'object' ? language.fact : language
  return [
    `${target}, priority ${priority}`,
    ...skills.map(({ name, fact, prefix = '' }) => `skill ${name ?? `${prefix}{${fact ?? ''}}`}`),
    ...(spoken === undefined ? [] : [`language ${spoken}`]),
    ...(preferredAgent === undefined ? [] : [`agent ${preferredAgent.fact}`]),
    ...(overflowTarget === undefined ? [] : [`then ${overflowTarget}`]),
    ...(treatment === undefined ? [] : [`treatment ${treatment}`]),
    ...flags.map((flag) => `flag ${flag}`),
  ].join(', ')
}

/** Of dependencies that both have; one that only one has is told with what is declared. */
function fallbackChanges(old: OpenedPolicy, next: OpenedPolicy): FallbackChange[] {
  const changes = new Map<string, FallbackChange>()
  for (const [dependency, before] of Object.entries(old.document.dependencies)) {
    const after = next.document.dependencies[dependency]
    if (after === undefined) continue
    const read = new Map(
      [...Object.keys(before.facts), ...Object.keys(after.facts)].map((fact) => [fact, 0]),
    )
    const needsFact = before.needs !== null || after.needs !== null
    const choose = [compileChoice(before.fallbacks), compileChoice(after.fallbacks)] as const
    for (const ending of endings(needsFact, missingSetsOf([before, after], read))) {
      if (!needsFallback(ending)) continue
      const from = before.fallbacks[choose[0](ending)]
      const to = after.fallbacks[choose[1](ending)]
      if (from === undefined || to === undefined || said(from) === said(to)) continue
      const key = `${dependency} ${said(from)} ${said(to)}`
      const known = changes.get(key)
      const example = known?.example ?? endingText(ending)
      const texts = fallbackTexts(from, to)
      changes.set(key, { dependency, ...texts, endings: (known?.endings ?? 0) + 1, example })
    }
  }
  return [...changes.values()]
}

function said({ when: _when, flags, ...rest }: FallbackDocument): string {
  return canonical({ ...rest, flags: flags.toSorted() })
}

/** What of two fallbacks differs; always their reasons. */
function fallbackTexts(from: FallbackDocument, to: FallbackDocument) {
  const parts = (one: FallbackDocument, other: FallbackDocument) =>
    [
      one.reason,
      ...(canonical(one.flags) === canonical(other.flags)
        ? []
        : [`flags ${one.flags.join(', ') || 'none'}`]),
      ...(canonical(one.facts) === canonical(other.facts) ? [] : [`facts ${canonical(one.facts)}`]),
      ...(one.sentence === other.sentence ? [] : [`'${one.sentence}'`]),
    ].join('; ')
  return { from: parts(from, to), to: parts(to, from) }
}

function declaredChanges(old: OpenedPolicy, next: OpenedPolicy): string[] {
  const before = declarations(old)
  const after = declarations(next)
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((what) => {
    const [from, to] = [before.get(what) ?? 'none', after.get(what) ?? 'none']
    return from === to ? [] : [`${what}: ${from} → ${to}`]
  })
}

/** All that a policy declares beside rules, routes and fallbacks. */
function declarations({ document }: OpenedPolicy): Map<string, string> {
  const { windowMs, staleCallMs, margins, arrival, calendars, dependencies } = document
  const told = new Map<string, string>([
    ['windowMs', String(windowMs)],
    ['staleCallMs', String(staleCallMs)],
  ])
  for (const [name, value] of Object.entries(margins)) told.set(`margins.${name}`, String(value))
  const { virtualAgent, attributes, ...inputs } = arrival
  const given = (name: string, value: string | undefined) =>
    value && told.set(`call.${name}`, value)
  for (const [name, value] of Object.entries(inputs)) given(name, value)
  for (const [name, value] of Object.entries(virtualAgent)) given(`virtualAgent.${name}`, value)
  for (const [name, value] of Object.entries(attributes)) told.set(`call.attributes.${name}`, value)
  for (const [name, value] of Object.entries(calendars))
    told.set(`calendar ${name}`, canonical(value))
  for (const [name, { timeoutMs, staleAfterMs, needs, facts }] of Object.entries(dependencies)) {
    told.set(`${name}.timeoutMs`, String(timeoutMs))
    told.set(`${name}.staleAfterMs`, String(staleAfterMs ?? 'never'))
    told.set(`${name}.needs`, needs ?? 'nothing')
    for (const [fact, spec] of Object.entries(facts)) told.set(`${name}.${fact}`, canonical(spec))
  }
  return told
}
