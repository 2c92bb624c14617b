/** Collects mistakes with their places. */
import { CrosspointError } from '../../errors.ts'
import type { ErrorCode } from '../../errors.ts'
import type { Path, Places } from '../../platform/yaml-text.ts'

export interface Mistakes {
  readonly found: readonly CrosspointError[]
  /** A mistake in the value at a path; `remedy` where the table's is too general. */
  at(path: Path, code: ErrorCode, message: string, remedy?: string): void
  /** A mistake in the key that leads to a path. */
  atKey(path: Path, code: ErrorCode, message: string, remedy?: string): void
}

export function createMistakes(places: Places): Mistakes {
  const found: CrosspointError[] = []
  return {
    found,
    at(path, code, message, remedy) {
      const place = places.value(path)
      found.push(new CrosspointError(code, message, { place, ...(remedy && { remedy }) }))
    },
    atKey(path, code, message, remedy) {
      const place = places.key(path)
      found.push(new CrosspointError(code, message, { place, ...(remedy && { remedy }) }))
    },
  }
}

const LISTED_MAX = 20

/** What may be used instead of an unknown name. */
export function choices(what: string, names: Iterable<string>): string {
  const all = [...names]
  if (all.length === 0) return `Declare it: there are no ${what} yet.`
  const listed = all.slice(0, LISTED_MAX).join(', ')
  const more = all.length > LISTED_MAX ? ', …' : ''
  return `Declare it, or use one of the ${what}: ${listed}${more}.`
}
