/**
 * What one policy sees of an assignment, and which axis has to be set next for it to come to a
 * decision. Axes that are not set are unknown, as pending lookups are to the router.
 */
import type { PredicateDocument } from '../document.ts'
import type { Model } from '../evaluate/decide.ts'
import { compilePredicate } from '../evaluate/predicate.ts'
import type { Predicate } from '../evaluate/predicate.ts'
import { FALSE, TRUE, UNKNOWN } from '../evaluate/three-valued.ts'
import type { Truth } from '../evaluate/three-valued.ts'
import type { View } from '../evaluate/view.ts'
import type { OpenedPolicy } from '../load.ts'
import { namesOf } from '../names.ts'
import type { Step } from './cover.ts'
import { axisAt, dependenciesOf, openAt, viewAt } from './eye.ts'
import { groundOf } from './ground.ts'
import type { Ground, Override } from './ground.ts'
import type { Assignment, Space } from './space.ts'

export type DecidingRule = Model['rules'][number]

export interface Lens {
  readonly view: (at: Assignment) => View
  /** The rule that decides. */
  readonly decide: (at: Assignment, view: View) => Step<DecidingRule>
  /** How one condition comes out. */
  readonly judge: (condition: PredicateDocument, at: Assignment, view: View) => Step<boolean>
  /**
   * What is left to be found out about rules that may still decide, up to the one at `last`, and about
   * one condition: situations with the same text go on alike.
   */
  readonly residue: (at: Assignment, view: View, about?: About) => string
}

export interface About {
  readonly last: number
  readonly condition: PredicateDocument
}

/**
 * The lens of the policy at `index` among those the space was made of. `overrides`, by dependency of
 * the space, replace what the assignment says.
 */
export function lensOf(
  space: Space,
  opened: OpenedPolicy,
  index: number,
  overrides: readonly Override[] = [],
): Lens {
  const { model, document } = opened
  const ground = groundOf(space, opened, index, overrides)
  const held = partsOf(opened)
  const need = (condition: PredicateDocument, at: Assignment, view: View): number | null => {
    if (held(condition)(view) !== UNKNOWN) return null
    const { all, any, not } = condition
    if (not !== undefined) return need(not, at, view)
    const parts = all ?? any
    if (parts === undefined) return axisAt(ground, condition, at)
    for (const part of parts) {
      const axis = need(part, at, view)
      if (axis !== null) return axis
    }
    return null
  }
  const remaining = remainingIn(opened, ground)
  return {
    view: (at) => viewAt(ground, at),
    decide(at, view) {
      for (const [place, rule] of model.rules.entries()) {
        const truth: Truth = rule.when(view)
        if (truth === TRUE) return { leaf: rule }
        if (truth === FALSE) continue
        const when = document.rules[place]?.when
        return { axis: when === undefined ? null : need(when, at, view) }
      }
      return { leaf: model.defaultRule }
    },
    judge(condition, at, view) {
      const truth = held(condition)(view)
      return truth === UNKNOWN ? { axis: need(condition, at, view) } : { leaf: truth === TRUE }
    },
    residue(at, view, about) {
      const first = model.rules.findIndex((rule) => rule.when(view) !== FALSE)
      const place = first < 0 ? model.rules.length : first
      const { tests, dependencies } = remaining(place, about)
      const truths = tests.map((test) => held(test)(view)).join('')
      const states = dependencies.map((dependency) => openAt(ground, dependency, tests, at))
      return `${place} ${truths} ${states.join(' ')}`
    },
  }
}

interface Remaining {
  readonly tests: readonly PredicateDocument[]
  /** Indexes in the model of the dependencies those look at. */
  readonly dependencies: readonly number[]
}

/** The single tests of the rules from a place on, found once for each place. */
function remainingIn({ document }: OpenedPolicy, ground: Ground) {
  const known = new Map<string, Remaining>()
  return (place: number, about: About | undefined): Remaining => {
    const key = `${place} ${about?.last ?? ''}`
    const before = known.get(key)
    if (before !== undefined) return before
    const rules = document.rules.slice(place, about === undefined ? undefined : about.last)
    const conditions = [...rules.map(({ when }) => when), ...(about ? [about.condition] : [])]
    const unique = new Map(conditions.flatMap(testsIn).map((test) => [JSON.stringify(test), test]))
    const tests = [...unique.values()]
    const dependencies = new Set(tests.flatMap((test) => dependenciesOf(ground, test)))
    const found = { tests, dependencies: [...dependencies].toSorted((a, b) => a - b) }
    known.set(key, found)
    return found
  }
}

function testsIn(condition: PredicateDocument): PredicateDocument[] {
  const { all, any, not } = condition
  if (not !== undefined) return testsIn(not)
  const parts = all ?? any
  return parts === undefined ? [condition] : parts.flatMap(testsIn)
}

/** Every part of every condition, compiled once. */
function partsOf({ model, catalog }: OpenedPolicy): (condition: PredicateDocument) => Predicate {
  const names = namesOf(model, catalog)
  const compiled = new Map<PredicateDocument, Predicate>()
  return (condition) => {
    const known = compiled.get(condition)
    if (known !== undefined) return known
    const predicate = compilePredicate(condition, names)
    compiled.set(condition, predicate)
    return predicate
  }
}
