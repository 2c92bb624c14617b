/** Turns a finished file of JSON lines into Parquet. */
import { type Duck, literal } from '../duck.ts'
import { sqlType, type Column } from './columns.ts'

/** Reads a file of JSON lines, or several by a pattern, with the types of the columns. */
export function jsonSource(columns: readonly Column[], files: string): string {
  const types = columns.map(({ name, kind }) => `${literal(name)}: ${literal(sqlType(kind))}`)
  const options = `format = 'newline_delimited', columns = {${types.join(', ')}}`
  return `read_json(${files}, ${options})`
}

/** Writes `to` from the JSON lines in `from`, compressed with zstd, and forces it to disk. */
export async function writeParquet(
  duck: Duck,
  columns: readonly Column[],
  from: string,
  to: string,
): Promise<void> {
  const source = jsonSource(columns, literal(from))
  await duck.run(
    `COPY (SELECT * FROM ${source}) TO ${literal(to)} (FORMAT parquet, COMPRESSION zstd)`,
  )
}
