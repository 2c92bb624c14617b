/**
 * What a condition depends on, and the values that can make a difference to it: for each fact the
 * constants it is compared with, their neighbours, something else, and nothing at all.
 */
import type { FactValue } from '../../../schemas/records.ts'
import type { Catalog } from '../catalog.ts'
import type { PredicateDocument, Scalar } from '../document.ts'
import type { FactType } from '../policy.ts'

export type Variable =
  | { readonly kind: 'fact'; readonly reference: string }
  | { readonly kind: 'outcome' | 'cause' | 'stale' | 'flag' | 'open'; readonly name: string }

function variableKey(variable: Variable): string {
  return variable.kind === 'fact'
    ? `fact ${variable.reference}`
    : `${variable.kind} ${variable.name}`
}

export interface Dependence {
  readonly variables: ReadonlyMap<string, Variable>
  /** By fact reference, what it is compared with. */
  readonly constants: ReadonlyMap<string, ReadonlySet<Scalar>>
}

/** Collects what conditions depend on. */
export function dependenceOf(conditions: readonly PredicateDocument[]): Dependence {
  const variables = new Map<string, Variable>()
  const constants = new Map<string, Set<Scalar>>()
  const add = (variable: Variable): void => {
    variables.set(variableKey(variable), variable)
  }
  const compare = (reference: string, values: readonly (Scalar | undefined)[]): void => {
    const known = constants.get(reference) ?? new Set()
    for (const value of values) if (value !== undefined) known.add(value)
    constants.set(reference, known)
  }
  const visit = (condition: PredicateDocument): void => {
    for (const inner of [...(condition.all ?? []), ...(condition.any ?? [])]) visit(inner)
    if (condition.not !== undefined) visit(condition.not)
    const { fact, known, stale, flag, open } = condition
    if (fact !== undefined) {
      add({ kind: 'fact', reference: fact })
      const { is, isNot, above, atLeast, below, atMost, contains } = condition
      compare(fact, [is, isNot, above, atLeast, below, atMost, contains, ...(condition.in ?? [])])
    }
    if (known !== undefined) add({ kind: 'fact', reference: known })
    if (stale !== undefined) add({ kind: 'stale', name: stale })
    if (flag !== undefined) add({ kind: 'flag', name: flag })
    if (open !== undefined) add({ kind: 'open', name: open })
    for (const kind of ['outcome', 'cause'] as const) {
      for (const name of Object.keys(condition[kind] ?? {})) add({ kind, name })
    }
  }
  conditions.forEach(visit)
  return { variables, constants }
}

const SETS_OF_MAX = 6

/** The values a fact can take that a comparison with `constants` can tell apart. */
export function valuesOf(
  reference: string,
  constants: ReadonlySet<Scalar>,
  catalog: Catalog,
): readonly FactValue[] {
  const type: FactType = catalog.fact(reference)?.type ?? 'string'
  if (type === 'boolean') return [true, false, null]
  if (type === 'string') return [...strings(constants), other(constants), null]
  if (type === 'strings') return [...subsets(strings(constants)), [other(constants)], null]
  const numbers = [...constants].filter((value) => typeof value === 'number')
  return [...(type === 'long' ? aroundWhole(numbers) : around(numbers)), null]
}

function strings(constants: ReadonlySet<Scalar>): string[] {
  return [...constants].filter((value) => typeof value === 'string')
}

/** A string that is none of the constants. */
function other(constants: ReadonlySet<Scalar>): string {
  let text = 'other'
  while (constants.has(text)) text += '_'
  return text
}

function subsets(items: readonly string[]): (readonly string[])[] {
  let sets: (readonly string[])[] = [[]]
  for (const item of items.slice(0, SETS_OF_MAX)) {
    sets = sets.flatMap((set) => [set, [...set, item]])
  }
  return sets
}

function aroundWhole(numbers: readonly number[]): number[] {
  const near = numbers.flatMap((value) => [Math.ceil(value) - 1, value, Math.floor(value) + 1])
  return [...new Set([0, ...near.filter(Number.isInteger)])]
}

function around(numbers: readonly number[]): number[] {
  const sorted = [...new Set(numbers)].toSorted((left, right) => left - right)
  const between = sorted.map((value, index) => {
    const next = sorted[index + 1]
    return next === undefined ? value + 1 : (value + next) / 2
  })
  return [0, (sorted[0] ?? 0) - 1, ...sorted, ...between]
}
