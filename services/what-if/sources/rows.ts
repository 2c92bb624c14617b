/** Rows of an export turned back into the records they were made of. Pure. */
import type { Column, Kind } from '../../audit/export/columns.ts'

type Row = Record<string, unknown>

/**
 * Gives a function from a parsed line to its record: flattened records are put together again, times
 * are milliseconds. It changes the row it is given.
 */
export function recordOfRow(columns: readonly Column[]): (row: Row) => Record<string, unknown> {
  const steps = columns
    .filter(({ path }) => path.length > 0)
    .map(({ name, path, kind }) => ({ name, path, mend: mendingOf(kind) }))
  const [flat, nested] = [
    steps.filter(({ path }) => path.length === 1),
    Map.groupBy(
      steps.filter(({ path }) => path.length > 1),
      ({ path }) => path[0] ?? '',
    ),
  ]
  return (row) => {
    const record: Row = {}
    for (const { name, mend } of flat) record[name] = mend === null ? row[name] : mend(row[name])
    for (const [parent, parts] of nested) {
      const whole: Row = {}
      let given = false
      for (const { name, path, mend } of parts) {
        const value = mend === null ? row[name] : mend(row[name])
        whole[path[1] ?? ''] = value
        given ||= value !== null && value !== undefined
      }
      record[parent] = given ? whole : null
    }
    return record
  }
}

/** Turns times back into milliseconds, in place; null where a kind holds none. */
function mendingOf(kind: Kind): ((value: unknown) => unknown) | null {
  if (kind.type === 'time') return (value) => (typeof value === 'string' ? Date.parse(value) : null)
  if (kind.type === 'list') {
    const mend = mendingOf(kind.of)
    return mend === null ? null : (value) => (Array.isArray(value) ? value.map(mend) : value)
  }
  if (kind.type !== 'struct') return null
  const mends = kind.fields.flatMap(({ name, kind: part }) => {
    const mend = mendingOf(part)
    return mend === null ? [] : [{ name, mend }]
  })
  if (mends.length === 0) return null
  return (value) => {
    if (value === null || typeof value !== 'object') return value
    const row = value as Row
    for (const { name, mend } of mends) row[name] = mend(row[name])
    return row
  }
}
