/** What a query may read: the tables of an export, and views that answer the usual questions. Pure. */
import { literal } from '../duck.ts'
import { type Column, sqlType } from '../export/columns.ts'
import { jsonSource } from '../export/parquet.ts'
import type { Format } from '../export/state.ts'
import type { Table } from '../export/tables.ts'

/** Creates one table of an export from its files, empty where there are none. */
export function tableSql(
  { name, columns }: Table,
  format: Format,
  files: readonly string[],
): string {
  if (files.length === 0) {
    const types = columns.map((column) => `"${column.name}" ${sqlType(column.kind)}`)
    return `CREATE TABLE "${name}" (${types.join(', ')})`
  }
  const list = `[${files.map(literal).join(', ')}]`
  return `CREATE VIEW "${name}" AS ${selectFrom(columns, format, list)}`
}

function selectFrom(columns: readonly Column[], format: Format, list: string): string {
  if (format === 'parquet') return `SELECT * FROM read_parquet(${list}, union_by_name = true)`
  if (format === 'jsonl') return `SELECT * FROM ${jsonSource(columns, list)}`
  // In CSV a list or a fact is a JSON text: it is read as text and taken apart here.
  const names = columns.map(({ name }) => `${literal(name)}: 'VARCHAR'`).join(', ')
  const casts = columns.map(({ name, kind }) => {
    const isJson = ['json', 'list', 'struct'].includes(kind.type)
    return `CAST("${name}"${isJson ? '::JSON' : ''} AS ${sqlType(kind)}) AS "${name}"`
  })
  const options = `header = true, delim = ',', quote = '"', escape = '"', columns = {${names}}`
  return `SELECT ${casts.join(', ')} FROM read_csv(${list}, ${options})`
}

interface View {
  readonly means: string
  readonly sql: string
}

export const VIEWS: Readonly<Record<string, View>> = {
  request: {
    means:
      'an effective decision: all columns of `decision`, and `waitedMs` from arrival to decision, `lateMs` past `decideBy` (0 when on time), `reasons` and `dependencies` of its fallbacks',
    sql: `SELECT *,
       date_diff('millisecond', arrivedAt, appendedAt) AS waitedMs,
       greatest(date_diff('millisecond', decideBy, appendedAt), 0) AS lateMs,
       list_transform(fallbacks, lambda one: one.reason) AS reasons,
       list_transform(fallbacks, lambda one: one.dependency) AS dependencies
FROM decision WHERE effective`,
  },
  reason: {
    means:
      'a row of `fallback` with `decisive` completed: YES where the late answer would have changed the route, NO where no answer could have or the one that came late did not, else UNKNOWN; and `lateByMs` of that answer',
    sql: `SELECT fallback.* REPLACE (
         CASE WHEN late.differs THEN 'YES'
              WHEN fallback.decisive = 'NO' THEN 'NO'
              WHEN late.counterfactualTargetId IS NOT NULL THEN 'NO'
              ELSE 'UNKNOWN' END AS decisive),
       late.lateByMs
FROM fallback LEFT JOIN late USING (decisionId, dependency)`,
  },
  lookup: {
    means:
      'a lookup as an effective decision used it: the columns of the request, then the fields of `decision.lookups`',
    sql: `SELECT callId, requestNo, decisionId, targetId, ruleId, policyVersion, arrivedAt,
       unnest(lookups, max_depth := 2)
FROM decision WHERE effective`,
  },
}

/** Statements that create the views. */
export function viewsSql(): readonly string[] {
  return Object.entries(VIEWS).map(([name, { sql }]) => `CREATE VIEW "${name}" AS ${sql}`)
}
