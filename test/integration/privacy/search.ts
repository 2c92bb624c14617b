/** Looks for a mark as it went in, and for the number in it however it may be written. */
import type { Mark } from './marks.ts'

export interface Text {
  readonly where: string
  readonly text: string
}

/** Digits that make a number somebody's, without the country's. */
const DIGITS_MIN = 8

/** What gives the mark away: itself, and of a number its digits, with and without the country's. */
function signsOf({ value }: Mark): { readonly plain: string[]; readonly digits: string | null } {
  const digits = value.replaceAll(/\D/g, '')
  const [word] = /[a-z-]{6,}$/.exec(value) ?? []
  const plain = word === undefined ? [value] : [value, word]
  return { plain, digits: digits.length < DIGITS_MIN ? null : digits.slice(-DIGITS_MIN) }
}

const BETWEEN_DIGITS = /(?<=\d)[ ()/.+-]{1,2}(?=\d)/g

/** `<mark> in <where>` for each text that holds it. */
export function appearances(mark: Mark, texts: readonly Text[]): string[] {
  const { plain, digits } = signsOf(mark)
  return texts
    .filter(
      ({ text }) =>
        plain.some((sign) => text.includes(sign)) ||
        (digits !== null && joined(text).includes(digits)),
    )
    .map(({ where }) => `${mark.name} in ${where}`)
}

/** Each text is joined once, for all marks. */
const known = new Map<string, string>()

function joined(text: string): string {
  const before = known.get(text)
  if (before !== undefined) return before
  const now = text.replaceAll(BETWEEN_DIGITS, '')
  known.set(text, now)
  return now
}
