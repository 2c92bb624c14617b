/** Records as rows: of plain values, of JSON, of CSV. Pure. */
import type { Column, Kind } from './columns.ts'

/** Where a record was read. */
export interface RecordPlace {
  readonly partition: number
  readonly offset: number
  readonly appendedAt: number
}

/** Values in the order of the columns; times as ISO 8601 texts in UTC with milliseconds. */
export function rowOf(
  columns: readonly Column[],
  record: object,
  place: RecordPlace,
): readonly unknown[] {
  return columns.map(({ name, path, kind }) => {
    if (name === 'recordPartition') return place.partition
    if (name === 'recordOffset') return place.offset
    return plain(name === 'recordAt' ? place.appendedAt : valueAt(record, path), kind)
  })
}

function valueAt(record: object, path: readonly string[]): unknown {
  let value: unknown = record
  for (const name of path) {
    if (value === null || value === undefined) return null
    value = (value as Readonly<Record<string, unknown>>)[name]
  }
  return value ?? null
}

function plain(value: unknown, kind: Kind): unknown {
  if (value === null || value === undefined) return null
  if (kind.type === 'time') return new Date(Number(value)).toISOString()
  if (kind.type === 'list') return (value as readonly unknown[]).map((one) => plain(one, kind.of))
  if (kind.type !== 'struct') return value
  const fields = value as Readonly<Record<string, unknown>>
  return Object.fromEntries(
    kind.fields.map(({ name, kind: part }) => [name, plain(fields[name], part)]),
  )
}

/** One line of JSON Lines, with its end. */
export function jsonLine(columns: readonly Column[], row: readonly unknown[]): string {
  const object = Object.fromEntries(columns.map(({ name }, index) => [name, row[index]]))
  return `${JSON.stringify(object)}\n`
}

/** The header line of a CSV file. */
export function csvHeader(columns: readonly Column[]): string {
  return `${columns.map(({ name }) => name).join(',')}\n`
}

/** One line of CSV by RFC 4180: texts quoted, nothing at all for null, lists and facts as JSON. */
export function csvLine(row: readonly unknown[]): string {
  return `${row.map(csvValue).join(',')}\n`
}

export function csvValue(value: unknown): string {
  if (value === null || value === undefined) return ''
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return `"${text.replaceAll('"', '""')}"`
}
