/** Rows as a table for a terminal. Pure. */
import { columnLines } from '../../local/columns.ts'

const CELL_COLUMNS = 60
/** Cut shorter than that, texts tell nothing. */
const CELL_COLUMNS_MIN = 16

type Values = readonly (readonly unknown[])[]

/** Lines: names, a rule, the rows; numbers to the right, long texts cut. */
export function tableLines(
  columns: readonly string[],
  rows: Values,
  cellColumns = CELL_COLUMNS,
): readonly string[] {
  return drawn(layoutOf(columns, rows), cellColumns)
}

/**
 * The same for a terminal of a width: texts are cut as far as needed, and where even that leaves the
 * table too wide each row stands alone, a line a column.
 */
export function fittingLines(
  columns: readonly string[],
  rows: Values,
  width: number,
): readonly string[] {
  const layout = layoutOf(columns, rows)
  for (let cap = CELL_COLUMNS; cap >= CELL_COLUMNS_MIN; cap -= 1) {
    if (widthOf(widthsOf(layout, cap)) <= width) return drawn(layout, cap)
  }
  return rowByRow(layout, width)
}

interface Layout {
  readonly columns: readonly string[]
  readonly cells: readonly (readonly string[])[]
  readonly toRight: readonly boolean[]
  /** The longest cell of each column, uncut. */
  readonly longest: readonly number[]
}

function layoutOf(columns: readonly string[], rows: Values): Layout {
  const cells = rows.map((row) => row.map(cellText))
  const longest = columns.map((_, index) =>
    cells.reduce((most, row) => Math.max(most, row[index]?.length ?? 0), 0),
  )
  const toRight = columns.map((_, index) => rows.every((row) => isNumeric(row[index])))
  return { columns, cells, toRight, longest }
}

const GAP = '  '

/** A number that is cut would be another number. */
function widthsOf({ columns, longest, toRight }: Layout, cap: number): readonly number[] {
  return columns.map((name, index) => {
    const most = longest[index] ?? 0
    return Math.max(name.length, toRight[index] === true ? most : Math.min(most, cap))
  })
}

const widthOf = (widths: readonly number[]): number =>
  widths.reduce((sum, one) => sum + one, GAP.length * Math.max(0, widths.length - 1))

function drawn(layout: Layout, cap: number): readonly string[] {
  const { columns, cells, toRight } = layout
  const widths = widthsOf(layout, cap)
  const line = (row: readonly string[]): string =>
    row
      .map((cell, index) => {
        const width = widths[index] ?? 0
        return toRight[index] === true ? cell.padStart(width) : cut(cell, cap).padEnd(width)
      })
      .join(GAP)
      .trimEnd()
  return [line(columns), widths.map((width) => '─'.repeat(width)).join(GAP), ...cells.map(line)]
}

function rowByRow({ columns, cells }: Layout, width: number): readonly string[] {
  const names = Math.max(...columns.map((name) => name.length))
  const valueColumns = Math.max(CELL_COLUMNS_MIN, width - names - GAP.length)
  return cells.flatMap((row, index) => [
    `── row ${index + 1} ${'─'.repeat(8)}`,
    ...columnLines(columns.map((name, at) => [name, cut(row[at] ?? '', valueColumns)])),
  ])
}

const isNumeric = (value: unknown): boolean =>
  value === null ||
  typeof value === 'number' ||
  (typeof value === 'string' && /^\d+\.\d+ %$/u.test(value))

function cellText(value: unknown): string {
  if (value === null || value === undefined) return ''
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  // Control characters would move the cursor.
  return text.replaceAll(/\p{Cc}+/gu, ' ')
}

const cut = (text: string, columns: number): string =>
  text.length > columns ? `${text.slice(0, columns - 1)}…` : text
