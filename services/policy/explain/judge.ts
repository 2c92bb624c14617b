/** Why a condition is true, false or unknown: the parts of it that suffice to make it so. */
import type { FactValue } from '../../../schemas/records.ts'
import type { PredicateDocument } from '../document.ts'
import { compilePredicate } from '../evaluate/predicate.ts'
import type { Names } from '../evaluate/predicate.ts'
import { FALSE, TRUE } from '../evaluate/three-valued.ts'
import type { Truth } from '../evaluate/three-valued.ts'
import type { View } from '../evaluate/view.ts'

/** One test of a rule, as it came out. */
export interface Judged {
  readonly test: PredicateDocument
  /** An odd number of `not` stands around it. */
  readonly negated: boolean
  /** Of the test itself, before any `not`. */
  readonly held: Truth
}

export interface Seen {
  readonly names: Names
  readonly view: View
}

/** How a condition came out. */
export function judge(condition: PredicateDocument, { names, view }: Seen): Truth {
  return compilePredicate(condition, names)(view)
}

/**
 * The tests that made a condition what it is: of an `all` that is false the first false part is enough,
 * of an `any` that is true the first true one; of what is unknown all that is not known.
 */
export function because(condition: PredicateDocument, seen: Seen, negated = false): Judged[] {
  const held = judge(condition, seen)
  const { all, any, not } = condition
  if (not !== undefined) return because(not, seen, !negated)
  if (all === undefined && any === undefined) return [{ test: condition, negated, held }]
  const parts = all ?? any ?? []
  const enough = all === undefined ? TRUE : FALSE
  const same = parts.filter((part) => judge(part, seen) === held)
  const told = held === enough ? same.slice(0, 1) : same
  return told.flatMap((part) => because(part, seen, negated))
}

/** A value as people read it. */
export function valueText(value: FactValue | undefined): string {
  if (value === undefined) return 'not known yet'
  if (value === null) return 'absent'
  if (typeof value === 'object') return value.length === 0 ? 'an empty list' : value.join(', ')
  return value === '' ? 'empty' : String(value)
}

const list = (values: unknown): string => [values].flat().map(String).join(' or ')

/** What a test asks for, as the end of a sentence: `true`, `at least 0.6`, `one of a, b`. */
export function wanted({ test, negated }: Pick<Judged, 'test' | 'negated'>): string {
  const { is, isNot, above, atLeast, below, atMost, contains } = test
  const not = negated ? 'not ' : ''
  if (test.known !== undefined) return negated ? 'absent' : 'any value'
  if (test.stale !== undefined) return negated ? 'fresh' : 'stale'
  if (test.flag !== undefined) return negated ? 'not raised' : 'raised'
  if (test.open !== undefined) return negated ? 'closed' : 'open'
  if (is !== undefined) return `${not}${String(is)}`
  if (isNot !== undefined) return `${negated ? '' : 'not '}${String(isNot)}`
  if (test.in !== undefined) return `${not}${list(test.in)}`
  if (above !== undefined) return negated ? `not above ${above}` : `above ${above}`
  if (atLeast !== undefined) return `${not}at least ${atLeast}`
  if (below !== undefined) return `${not}below ${below}`
  if (atMost !== undefined) return `${not}at most ${atMost}`
  if (contains !== undefined) return `${not}a list with ${contains}`
  const [settled] = Object.values(test.outcome ?? test.cause ?? {})
  return `${not}${list(settled)}`
}
