/** Numbers and tables as Markdown. Pure. */
import type { Spread } from './across.ts'

/** The middle, with least and most where they differ. */
export function told({ low, middle, high }: Spread, digits = 0): string {
  const [least, most] = [low.toFixed(digits), high.toFixed(digits)]
  return least === most ? least : `${middle.toFixed(digits)} (${least}–${most})`
}

export type Cell = string | number

/** A table with its head; numbers stand right. */
export function table(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const isNumber = head.map((_, at) => rows.length > 0 && rows.every((row) => numeric(row[at])))
  const line = (cells: readonly Cell[]): string => `| ${cells.join(' | ')} |`
  const rule = `|${isNumber.map((right) => (right ? '--:' : '---')).join('|')}|`
  return [line(head), rule, ...rows.map(line)].join('\n')
}

const numeric = (cell: Cell | undefined): boolean =>
  typeof cell === 'number' || /^[-–≤]?\s?[\d,.]/u.test(cell ?? '')

/** 12345.6 as 12,346: numbers of many digits need a foothold. */
export function grouped(value: number, digits = 0): string {
  return value.toLocaleString('en-US', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  })
}
