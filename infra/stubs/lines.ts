/**
 * The numbers people dial. They lie in the range that the German regulator keeps free for films
 * and examples, so no real line is named.
 */

export interface Line {
  /** Number dialled, E.164. */
  readonly dnis: string
  /** For people. */
  readonly name: string
  readonly open: boolean
  readonly callbackOffered: boolean
  readonly seniorOnShift: boolean
  /** How often it is dialled, against the others. */
  readonly weight: number
}

const line = (
  dnis: string,
  name: string,
  weight: number,
  [open, callbackOffered, seniorOnShift]: readonly [boolean, boolean, boolean],
): Line => ({ dnis, name, open, callbackOffered, seniorOnShift, weight })

export const LINES: readonly Line[] = [
  line('+493023125990', 'service', 60, [true, true, true]),
  line('+493023125991', 'orders', 18, [true, false, true]),
  line('+493023125992', 'repairs', 12, [true, true, false]),
  line('+493023125993', 'evening desk', 6, [false, true, false]),
  line('+493023125994', 'old hotline', 4, [false, false, false]),
]

/** A partner's line, which the scheduling tool does not know: the policy keeps its hours itself. */
const PARTNER_LINE = line('+4930901820099', 'partner', 2, [true, false, false])

/** What callers dial. */
export const DIALLED: readonly Line[] = [...LINES, PARTNER_LINE]
