/**
 * Deciding (design §4.2): the first rule that is true while all above it are false, as soon as no
 * pending lookup can change that; and what stood in for the lookups that gave no live, fresh and
 * complete facts.
 */
import type { Decisive, Fallback, FallbackKind, UsedLookup } from '../../../schemas/records.ts'
import type { Question, Unreadable, Verdict } from '../policy.ts'
import type { Facts } from '../../domain/facts.ts'
import { needsFallback, kindOf, substituted } from './fallback.ts'
import type { Ending, FallbackEntry } from './fallback.ts'
import type { Predicate } from './predicate.ts'
import type { Route, Routed } from './route.ts'
import { FALSE, TRUE } from './three-valued.ts'
import { viewOf } from './view.ts'
import type { Hidden, ReadFlag, Slot, View, ViewSource } from './view.ts'

interface Rule {
  readonly id: string
  readonly when: Predicate
  readonly route: Route
}

/** A compiled policy, as far as deciding goes. */
export interface Model {
  readonly dependencies: readonly {
    readonly name: string
    readonly needs: { readonly dependency: number; readonly fact: string } | null
    /** Null can't happen in a checked policy: every ending has a fallback. */
    fallbackFor(ending: Ending): FallbackEntry | null
  }[]
  readonly slots: readonly Slot[]
  readonly flags: readonly ReadFlag[]
  readonly calendars: readonly ((timeMs: number) => boolean)[]
  readonly rules: readonly Rule[]
  /** Its condition always holds; nothing stands below it. */
  readonly defaultRule: Rule
}

export const DEFAULT_RULE_ID = 'default'

/** The verdict on a question, or null while a pending lookup can still change the route. */
export function decide(model: Model, question: Question): Verdict | null {
  const source = sourceOf(model, question)
  const view = viewOf(source, null)
  const rule = deciding(model, view)
  if (rule === null) return null

  const routed = rule.route.give(view)
  const fallbacks = tellAll(model, source, routed)
  return verdict(rule.id, routed, fallbacks)
}

/** A view's source, with the whole fallback of each lookup that does not stand for itself. */
export interface Source extends ViewSource {
  substitute(dependency: number): FallbackEntry | null
}

/** What the policy sees of a question. */
export function sourceOf(model: Model, question: Question): Source {
  const lookups = model.dependencies.map((_, index) => settled(question.lookups[index]))
  const found: (FallbackEntry | null)[] = []
  return {
    slots: model.slots,
    flags: model.flags,
    arrival: question.arrival,
    lookups,
    substitute(index) {
      const known = found[index]
      if (known !== undefined) return known
      const entry = entryFor(model, lookups[index] ?? null, index)
      found[index] = entry
      return entry
    },
    isOpen: (calendar) => model.calendars[calendar]?.(question.arrivedAt) ?? false,
  }
}

/** Facts are absent, and nothing else is read by a route. */
const NOTHING: View = {
  fact: () => null,
  outcome: () => undefined,
  cause: () => undefined,
  stale: () => undefined,
  flag: () => FALSE,
  isOpen: () => false,
}

/** The default route for an arrival that can't be read (design §4.10). */
export function unreadable(model: Model, why: Unreadable): Verdict {
  const routed = model.defaultRule.route.give(NOTHING)
  const fallback: Fallback = {
    dependency: 'call.arrived',
    kind: 'FAILED',
    outcome: 'FAILED',
    cause: why.cause,
    reason: 'UNREADABLE',
    sentence: `The call could not be read, routed to ${routed.target.id}: ${why.detail}`,
    waitedMs: why.waitedMs,
    origin: 'NONE',
    stale: false,
    syncedAt: null,
    missing: [],
    substituted: {},
    flags: [],
    decisive: 'UNKNOWN',
  }
  return verdict(DEFAULT_RULE_ID, routed, [fallback])
}

function verdict(ruleId: string, routed: Routed, fallbacks: readonly Fallback[]): Verdict {
  const flags = [...routed.flags]
  for (const fallback of fallbacks) flags.push(...fallback.flags)
  return {
    ruleId,
    target: routed.target,
    priority: routed.priority,
    skills: routed.skills,
    language: routed.language,
    preferredAgent: routed.preferredAgent,
    overflowTarget: routed.overflowTarget,
    treatment: routed.treatment,
    flags: flags.length < 2 ? flags : [...new Set(flags)].toSorted(),
    fallbacks,
  }
}

function settled(lookup: UsedLookup | null | undefined): UsedLookup | null {
  return lookup === undefined || lookup === null || lookup.outcome === 'NOT_NEEDED' ? null : lookup
}

function entryFor(model: Model, lookup: UsedLookup | null, index: number): FallbackEntry | null {
  if (lookup === null || !needsFallback(lookup)) return null
  return model.dependencies[index]?.fallbackFor(lookup) ?? null
}

/** The rule that certainly decides, or null. */
function deciding(model: Pick<Model, 'rules' | 'defaultRule'>, view: View): Rule | null {
  for (const rule of model.rules) {
    const held = rule.when(view)
    if (held === TRUE) return rule.route.settled(view) ? rule : null
    if (held !== FALSE) return null
  }
  return model.defaultRule.route.settled(view) ? model.defaultRule : null
}

function tellAll(model: Model, source: Source, routed: Routed): Fallback[] {
  const fallbacks: Fallback[] = []
  for (let index = 0; index < source.lookups.length; index++) {
    const lookup = source.lookups[index] ?? null
    const entry = source.substitute(index)
    const kind = kindAt(model, source, index, true) ?? null
    if (entry === null || lookup === null || kind === null) continue
    const standIns = substituted(entry, lookup)
    fallbacks.push({
      dependency: lookup.dependency,
      kind,
      outcome: lookup.outcome,
      cause: lookup.cause,
      reason: entry.reason,
      sentence: entry.sentence({
        lookup,
        waitedMs: lookup.latencyMs,
        target: routed.target.id,
        presentation: source.arrival['aniPresentation'],
      }),
      waitedMs: lookup.latencyMs,
      origin: lookup.origin,
      stale: lookup.stale,
      syncedAt: lookup.syncedAt,
      missing: lookup.missing,
      substituted: standIns,
      flags: entry.flags,
      decisive: decisive(model, source, standIns, index, lookup),
    })
  }
  return fallbacks
}

/** Null without a fallback, undefined while pending. What others need stands before what needs it. */
function kindAt(
  model: Model,
  source: Source,
  index: number,
  follow: boolean,
): FallbackKind | null | undefined {
  const lookup = source.lookups[index] ?? null
  if (lookup === null) return undefined
  if (source.substitute(index) === null) return null
  const needs = follow ? (model.dependencies[index]?.needs ?? null) : null
  return kindOf(lookup, needs === null ? undefined : kindAt(model, source, needs.dependency, false))
}

/**
 * NO when the same rule would have decided whatever the facts that were missing, replaced, old or
 * second-hand had been. A partial live answer leaves open only what it lacked; anything else leaves
 * open all of the dependency, and with it those that were asked with its facts.
 */
function decisive(
  model: Model,
  source: ViewSource,
  standIns: Facts,
  index: number,
  lookup: UsedLookup,
): Decisive {
  const partial = lookup.outcome === 'FOUND' && lookup.origin === 'LIVE' && !lookup.stale
  const open = new Set([...lookup.missing, ...Object.keys(standIns)])
  const hidden: Hidden = {
    whole: model.dependencies.map(({ needs }, other) => {
      if (other === index) return !partial
      return needs?.dependency === index && (!partial || open.has(needs.fact))
    }),
    part: partial ? { dependency: index, facts: open } : null,
  }
  return deciding(model, viewOf(source, hidden)) === null ? 'UNKNOWN' : 'NO'
}
