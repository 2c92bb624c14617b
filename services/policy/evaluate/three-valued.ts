/**
 * Kleene's three-valued logic as numbers, so that conjunction is the minimum and disjunction the
 * maximum (design §4.2). A result other than UNKNOWN stays the same however the unknowns turn out.
 */

export type Truth = 0 | 1 | 2

export const FALSE = 0
export const UNKNOWN = 1
export const TRUE = 2

export function truth(value: boolean): Truth {
  return value ? TRUE : FALSE
}

export function not(value: Truth): Truth {
  return (2 - value) as Truth
}
