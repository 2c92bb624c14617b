/** Rows as a table for a terminal. Pure. */

const CELL_COLUMNS = 60

/** Lines: names, a rule, the rows; numbers to the right, long texts cut. */
export function tableLines(
  columns: readonly string[],
  rows: readonly (readonly unknown[])[],
  cellColumns = CELL_COLUMNS,
): readonly string[] {
  const cells = rows.map((row) => row.map((value) => cut(cellText(value), cellColumns)))
  const widths = columns.map((name, index) =>
    Math.max(name.length, ...cells.map((row) => row[index]?.length ?? 0)),
  )
  const toRight = columns.map((_, index) => rows.every((row) => isNumeric(row[index])))
  const line = (row: readonly string[]): string =>
    row
      .map((cell, index) => {
        const width = widths[index] ?? 0
        return toRight[index] === true ? cell.padStart(width) : cell.padEnd(width)
      })
      .join('  ')
      .trimEnd()
  return [line(columns), widths.map((width) => '─'.repeat(width)).join('  '), ...cells.map(line)]
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
