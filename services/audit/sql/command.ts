/** `crosspoint audit sql`. */
import type { Command } from 'commander'
import { CrosspointError } from '../../errors.ts'
import { example } from '../../platform/environment.ts'
import type { Rows } from '../duck.ts'
import { csvValue } from '../export/rows.ts'
import { TABLE_NAMES } from '../export/tables.ts'
import { addRangeOptions, type RangeOptions, withRange } from './range.ts'
import { fittingLines } from './table-text.ts'
import { VIEWS } from './views.ts'

interface SqlOptions extends RangeOptions {
  readonly json?: true
  readonly csv?: true
}

const names = [...TABLE_NAMES, ...Object.keys(VIEWS)].join(', ')

export function registerSql(audit: Command): void {
  const sql = audit
    .command('sql')
    .argument('<query>', 'one SELECT')
    .description(
      'Ask the audit anything: DuckDB over an export or over a range of the topics. ' +
        `Tables: ${names}; routed only where an export has it (--topic call.routed). ` +
        'It reads, and reaches no other file and no network. docs/export.md tells the columns.',
    )
  addRangeOptions(sql)
    .option('--json', 'rows as a JSON array of objects')
    .option('--csv', 'rows as CSV')
    .addHelpText(
      'after',
      example(
        [
          'crosspoint audit sql "SELECT cause, count(*) FROM reason GROUP BY 1" --from 1h',
          'reasons of the last hour',
        ],
        ['crosspoint audit sql "DESCRIBE request" --export audit', 'the columns of a table'],
        [
          'crosspoint audit sql "SELECT * FROM lookup" --export audit --csv',
          'every lookup that was used',
        ],
      ),
    )
    .action(runSql)
}

const print = (line: string): void => void process.stdout.write(`${line}\n`)
const ROWS_SHOWN = 1000

async function runSql(query: string, options: SqlOptions): Promise<void> {
  if (options.json && options.csv) {
    throw new CrosspointError('XP_USAGE', 'give --json or --csv, not both')
  }
  const limit = options.json || options.csv ? Infinity : ROWS_SHOWN
  const found = await withRange(options, Date.now(), (duck) => duck.query(query, limit))
  if (options.json) print(JSON.stringify(objectsOf(found)))
  else if (options.csv) for (const line of csvLines(found)) print(line)
  else {
    const width = process.stdout.columns ?? Infinity
    for (const line of fittingLines(found.columns, found.rows, width)) print(line)
    if (found.more) print(`… only the first ${ROWS_SHOWN} rows; --csv and --json give all`)
  }
}

function objectsOf({ columns, rows }: Rows): readonly object[] {
  return rows.map((row) => Object.fromEntries(columns.map((name, index) => [name, row[index]])))
}

function csvLines({ columns, rows }: Rows): readonly string[] {
  return [columns, ...rows].map((row) => row.map(csvValue).join(','))
}
