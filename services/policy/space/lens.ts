/**
 * What one policy sees of an assignment, and which axis has to be set next for it to come to a
 * decision. Axes that are not set are unknown, as pending lookups are to the router.
 */
import type { FactValue } from '../../../schemas/records.ts'
import type { PredicateDocument } from '../document.ts'
import type { Model } from '../evaluate/decide.ts'
import { compilePredicate } from '../evaluate/predicate.ts'
import type { Names, Predicate } from '../evaluate/predicate.ts'
import { FALSE, TRUE, UNKNOWN } from '../evaluate/three-valued.ts'
import type { Truth } from '../evaluate/three-valued.ts'
import type { View } from '../evaluate/view.ts'
import type { OpenedPolicy } from '../load.ts'
import { namesOf } from '../names.ts'
import { NOTHING } from './endings.ts'
import type { EndingClass } from './endings.ts'
import type { Step } from './cover.ts'
import { endedIn, gives, needMet } from './needs.ts'
import { calendarKey } from './space.ts'
import type { Assignment, Space, SpaceDependency } from './space.ts'

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

/** How a dependency is looked at: as the assignment says, as always ending so, or as pending. */
export type Override = EndingClass | 'PENDING' | null

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
  const eye = eyeOf(space, opened, index, overrides)
  const held = partsOf(opened)
  const need = (condition: PredicateDocument, at: Assignment, view: View): number | null => {
    if (held(condition)(view) !== UNKNOWN) return null
    const { all, any, not } = condition
    if (not !== undefined) return need(not, at, view)
    const parts = all ?? any
    if (parts === undefined) return eye.axisOf(condition, at)
    for (const part of parts) {
      const axis = need(part, at, view)
      if (axis !== null) return axis
    }
    return null
  }
  const remaining = remainingIn(opened)
  return {
    view: eye.view,
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
      const states = dependencies.map((dependency) => eye.state(dependency, tests, at))
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
function remainingIn({ document, model, catalog }: OpenedPolicy) {
  const names = namesOf(model, catalog)
  const known = new Map<string, Remaining>()
  return (place: number, about: About | undefined): Remaining => {
    const key = `${place} ${about?.last ?? ''}`
    const before = known.get(key)
    if (before !== undefined) return before
    const rules = document.rules.slice(place, about === undefined ? undefined : about.last)
    const conditions = [...rules.map(({ when }) => when), ...(about ? [about.condition] : [])]
    const unique = new Map(conditions.flatMap(testsIn).map((test) => [JSON.stringify(test), test]))
    const tests = [...unique.values()]
    const dependencies = new Set(tests.flatMap((test) => dependenciesIn(test, names, model)))
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

function dependenciesIn(test: PredicateDocument, names: Names, model: Model): number[] {
  const { fact, known, stale, flag, outcome, cause } = test
  const reference = fact ?? known
  if (reference !== undefined) {
    const dependency = model.slots[names.fact(reference)]?.dependency ?? -1
    return dependency < 0 ? [] : [dependency]
  }
  if (stale !== undefined) return [names.dependency(stale)]
  if (flag !== undefined) {
    const raisedBy = model.flags[names.flag(flag)]?.raisedBy ?? []
    return raisedBy.flatMap((may, index) => (may ? [index] : []))
  }
  return Object.keys({ ...outcome, ...cause }).map((name) => names.dependency(name))
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

interface Eye {
  readonly view: (at: Assignment) => View
  /** The axis that a single test waits for; null when it is a pending lookup's. */
  axisOf(test: PredicateDocument, at: Assignment): number | null
  /** What of a dependency is still open: its ending, or facts that some of the tests read. */
  state(dependency: number, tests: readonly PredicateDocument[], at: Assignment): string
}

function eyeOf(
  space: Space,
  opened: OpenedPolicy,
  policy: number,
  overrides: readonly Override[],
): Eye {
  const { model, catalog } = opened
  const own = model.dependencies.map(({ name }) =>
    space.dependencies.findIndex((each) => each.name === name),
  )
  const names = namesOf(model, catalog)
  const calendars = [...catalog.calendarIndex.keys()].map(
    (name) => space.axisOf.get(calendarKey(name, opened)) ?? -1,
  )
  const ended = (dependency: number, at: Assignment): EndingClass | null => {
    const place = own[dependency] ?? -1
    const override = overrides[place] ?? null
    if (override === 'PENDING') return null
    if (override !== null) return override
    const found = space.dependencies[place]
    return found === undefined ? null : endedIn(space, found, at)
  }
  const slotAxes = model.slots.map(({ dependency, name }) =>
    dependency < 0
      ? (space.axisOf.get(`call.${name}`) ?? -1)
      : (space.dependencies[own[dependency] ?? -1]?.facts.get(name) ?? -1),
  )
  const valueOf = (axisIndex: number, at: Assignment): FactValue | undefined => {
    const axis = space.axes[axisIndex]
    const value = at[axisIndex] ?? -1
    if (value < 0 || (axis?.kind !== 'input' && axis?.kind !== 'fact')) return undefined
    return axis.values[value] ?? null
  }
  const endingAxis = (dependency: number, at: Assignment): number | null => {
    const place = own[dependency] ?? -1
    if ((overrides[place] ?? null) !== null) return null
    const found = space.dependencies[place]
    return found === undefined ? null : firstAxis(space, found, at)
  }

  return {
    view(at) {
      const classes = model.dependencies.map((_, index) => ended(index, at))
      const standIns = classes.map((each) => each?.standIns[policy] ?? NOTHING)
      return {
        facts: model.slots.map(({ dependency, name }, slot) => {
          if (dependency < 0) return valueOf(slotAxes[slot] ?? -1, at)
          const each = classes[dependency] ?? null
          if (each === null) return undefined
          const value = gives(each, name) ? valueOf(slotAxes[slot] ?? -1, at) : null
          if (value !== null) return value
          return standIns[dependency]?.facts[name] ?? null
        }),
        outcomes: classes.map((each) => each?.example.outcome),
        causes: classes.map((each) => (each === null ? undefined : each.example.cause)),
        stales: classes.map((each) => each?.example.stale),
        flags: model.flags.map(({ name, raisedBy }) => {
          let result: Truth = FALSE
          for (const [index, each] of classes.entries()) {
            if (raisedBy[index] !== true) continue
            if (each === null) result = UNKNOWN
            else if (standIns[index]?.flags.includes(name) === true) return TRUE
          }
          return result
        }),
        isOpen(calendar) {
          const value = at[calendars[calendar] ?? -1] ?? -1
          return value < 0 ? undefined : value === 0
        },
      }
    },
    axisOf(test, at) {
      const { fact, known, stale, flag, open } = test
      const reference = fact ?? known
      if (reference !== undefined) {
        const slot = names.fact(reference)
        const dependency = model.slots[slot]?.dependency ?? -1
        const axis = slotAxes[slot] ?? -1
        if (dependency >= 0 && ended(dependency, at) === null) return endingAxis(dependency, at)
        return axis >= 0 && (at[axis] ?? -1) < 0 ? axis : null
      }
      if (open !== undefined) return calendars[names.calendar(open)] ?? null
      if (stale !== undefined) return endingAxis(names.dependency(stale), at)
      if (flag !== undefined) {
        const raisedBy = model.flags[names.flag(flag)]?.raisedBy ?? []
        const unset = raisedBy.findIndex((may, index) => may && ended(index, at) === null)
        return unset < 0 ? null : endingAxis(unset, at)
      }
      const [name] = Object.keys({ ...test.outcome, ...test.cause }).filter(
        (each) => ended(names.dependency(each), at) === null,
      )
      return name === undefined ? null : endingAxis(names.dependency(name), at)
    },
    state(dependency, tests, at) {
      const place = own[dependency] ?? -1
      const found = space.dependencies[place]
      if (found === undefined) return ''
      const each = ended(dependency, at)
      if (each === null) {
        const pending = overrides[place] === 'PENDING'
        return pending ? `${place}p` : `${place}u${String(needMet(space, found, at))}`
      }
      const open = tests.flatMap(({ fact, known }) => {
        const slot = names.fact(fact ?? known ?? '')
        const axis = slotAxes[slot] ?? -1
        const read = model.slots[slot]
        if (read?.dependency !== dependency || !gives(each, read.name)) return []
        // What stands in where the fact turns out to be absent tells endings apart as well.
        const standIn = JSON.stringify(each.standIns[policy]?.facts[read.name] ?? null)
        return (at[axis] ?? -1) < 0 ? [`${axis}${standIn}`] : []
      })
      return open.length === 0 ? '' : `${place}s${[...new Set(open)].join('.')}`
    },
  }
}

/** The ending's own axis, or what must be known before: whether the fact it needs is. */
function firstAxis(space: Space, of: SpaceDependency, at: Assignment): number {
  const met = needMet(space, of, at)
  return typeof met === 'number' ? met : of.ending
}
