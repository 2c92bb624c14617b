/** Words for a terminal of a width. Pure. */

/** Lines of at most `columns`, broken between words; a longer word stands alone. */
export function wrapped(text: string, columns: number, indent = ''): readonly string[] {
  const lines: string[] = []
  let line = indent
  for (const word of text.split(' ')) {
    const isFirst = line === indent
    if (!isFirst && line.length + 1 + word.length > columns) {
      lines.push(line)
      line = `${indent}${word}`
    } else line = isFirst ? `${indent}${word}` : `${line} ${word}`
  }
  return [...lines, line]
}

const READABLE_COLUMNS = 100

/** How wide sentences may run: as the terminal, but no wider than eyes follow; 100 where there is none. */
export function sentenceColumns(output: { readonly columns?: number }): number {
  return Math.min(output.columns ?? READABLE_COLUMNS, READABLE_COLUMNS)
}
