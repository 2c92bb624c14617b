/** Conditions of the policy, compiled once into closures over the view (design §4.2, §6). */
import type { FactValue } from '../../../schemas/records.ts'
import type { PredicateDocument, Scalar } from '../document.ts'
import { FALSE, not, TRUE, truth, UNKNOWN } from './three-valued.ts'
import type { Truth } from './three-valued.ts'
import type { View } from './view.ts'

export type Predicate = (view: View) => Truth

/** Turns checked names into the numbers views are indexed by. */
export interface Names {
  fact(reference: string): number
  dependency(name: string): number
  flag(name: string): number
  calendar(name: string): number
}

/** Compiles a condition whose shape and names have been checked. */
export function compilePredicate(condition: PredicateDocument, names: Names): Predicate {
  if (condition.all !== undefined) {
    return allOf(condition.all.map((inner) => compilePredicate(inner, names)))
  }
  if (condition.any !== undefined) {
    return anyOf(condition.any.map((inner) => compilePredicate(inner, names)))
  }
  if (condition.not !== undefined) {
    const inner = compilePredicate(condition.not, names)
    return (view) => not(inner(view))
  }
  if (condition.fact !== undefined) {
    return onFact(names.fact(condition.fact), compileComparison(condition))
  }
  if (condition.known !== undefined) {
    return onFact(names.fact(condition.known), (value) => value !== null)
  }
  if (condition.stale !== undefined) {
    const dependency = names.dependency(condition.stale)
    return (view) => {
      const stale = view.stale(dependency)
      return stale === undefined ? UNKNOWN : truth(stale)
    }
  }
  if (condition.flag !== undefined) {
    const flag = names.flag(condition.flag)
    return (view) => view.flag(flag)
  }
  if (condition.open !== undefined) {
    const calendar = names.calendar(condition.open)
    return (view) => {
      const open = view.isOpen(calendar)
      return open === undefined ? UNKNOWN : truth(open)
    }
  }
  return compileSettled(condition, names)
}

function allOf(inner: readonly Predicate[]): Predicate {
  return (view) => {
    let result: Truth = TRUE
    for (const predicate of inner) {
      const value = predicate(view)
      if (value === FALSE) return FALSE
      if (value < result) result = value
    }
    return result
  }
}

function anyOf(inner: readonly Predicate[]): Predicate {
  return (view) => {
    let result: Truth = FALSE
    for (const predicate of inner) {
      const value = predicate(view)
      if (value === TRUE) return TRUE
      if (value > result) result = value
    }
    return result
  }
}

function onFact(slot: number, test: (value: FactValue) => boolean): Predicate {
  return (view) => {
    const value = view.fact(slot)
    return value === undefined ? UNKNOWN : truth(test(value))
  }
}

/** `outcome` and `cause`: one of those given, for every dependency named. */
function compileSettled(condition: PredicateDocument, names: Names): Predicate {
  const outcomes = Object.entries(condition.outcome ?? {}).map(([name, wanted]): Predicate => {
    const dependency = names.dependency(name)
    const set = new Set<string>([wanted].flat())
    return (view) => {
      const outcome = view.outcome(dependency)
      return outcome === undefined ? UNKNOWN : truth(set.has(outcome))
    }
  })
  const causes = Object.entries(condition.cause ?? {}).map(([name, wanted]): Predicate => {
    const dependency = names.dependency(name)
    const set = new Set<string>([wanted].flat())
    return (view) => {
      const cause = view.cause(dependency)
      return cause === undefined ? UNKNOWN : truth(cause !== null && set.has(cause))
    }
  })
  return allOf([...outcomes, ...causes])
}

type Comparison = (value: FactValue) => boolean

/** An absent value equals nothing and compares with nothing, so `isNot` holds for it. */
function compileComparison(condition: PredicateDocument): Comparison {
  const { is, isNot, above, atLeast, below, atMost, contains } = condition
  if (is !== undefined) return (value) => value === is
  if (isNot !== undefined) return (value) => value !== isNot
  if (condition.in !== undefined) {
    const set = new Set<Scalar>(condition.in)
    return (value) => value !== null && typeof value !== 'object' && set.has(value)
  }
  if (above !== undefined) return (value) => typeof value === 'number' && value > above
  if (atLeast !== undefined) return (value) => typeof value === 'number' && value >= atLeast
  if (below !== undefined) return (value) => typeof value === 'number' && value < below
  if (atMost !== undefined) return (value) => typeof value === 'number' && value <= atMost
  return (value) =>
    contains !== undefined &&
    value !== null &&
    typeof value === 'object' &&
    value.includes(contains)
}
