/**
 * DuckDB, loaded only by the commands that need it: the library is large. Everything runs inside this
 * process; nothing is fetched, extensions are neither installed nor loaded by themselves.
 */
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CrosspointError } from '../errors.ts'

/** A result, or as much of it as was asked for. */
export interface Rows {
  readonly columns: readonly string[]
  /** Values as JSON knows them; whole numbers beyond 2^53 and other kinds as text. */
  readonly rows: readonly (readonly unknown[])[]
  /** True when there is more than was asked for. */
  readonly more: boolean
}

export interface Duck {
  /** Runs statements of our own. */
  run(sql: string): Promise<void>
  /** Runs one statement that only reads, and gives at most `rowsMax` rows. Throws XP_SQL_REFUSED. */
  query(sql: string, rowsMax?: number): Promise<Rows>
  close(): void
}

const THREADS = '2'

/**
 * A database in memory, of so many megabytes; what does not fit is put into files under the system's
 * temporary folder.
 */
export async function openDuck(memoryMb = 512): Promise<Duck> {
  const { DuckDBInstance, StatementType } = await loadDuck()
  const instance = await DuckDBInstance.create(':memory:', {
    threads: THREADS,
    memory_limit: `${memoryMb}MB`,
    temp_directory: join(tmpdir(), 'crosspoint-duckdb'),
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  })
  const connection = await instance.connect()
  await connection.run("SET TimeZone = 'UTC'")
  const prepareOne = async (sql: string) => {
    const statements = await connection.extractStatements(sql)
    if (statements.count !== 1) {
      throw new CrosspointError('XP_SQL_REFUSED', `${statements.count} statements; give one`)
    }
    const prepared = await statements.prepare(0)
    const reads = [StatementType.SELECT, StatementType.EXPLAIN]
    if (reads.includes(prepared.statementType)) return prepared
    const kind = StatementType[prepared.statementType]
    throw new CrosspointError('XP_SQL_REFUSED', `${kind} is no statement that only reads`)
  }
  return {
    async run(sql) {
      await connection.run(sql)
    },
    async query(sql, rowsMax = Infinity) {
      try {
        const prepared = await prepareOne(sql)
        const reader = await prepared.streamAndRead()
        while (!reader.done && reader.currentRowCount <= rowsMax) {
          await reader.readUntil(Math.min(rowsMax + 1, reader.currentRowCount + 10_000))
        }
        const types = reader.columnTypes().map(String)
        const rows = reader.getRowsJson().map((row) => row.map((one, i) => value(one, types[i])))
        return {
          columns: reader.deduplicatedColumnNames(),
          rows: rows.length > rowsMax ? rows.slice(0, rowsMax) : rows,
          more: rows.length > rowsMax,
        }
      } catch (error) {
        if (error instanceof CrosspointError) throw error
        const message = error instanceof Error ? error.message.trim() : String(error)
        throw new CrosspointError('XP_SQL_REFUSED', message, { cause: error })
      }
    },
    close() {
      connection.closeSync()
      instance.closeSync()
    },
  }
}

async function loadDuck() {
  try {
    return await import('@duckdb/node-api')
  } catch (cause) {
    const message = 'this machine has no DuckDB library that fits it'
    throw new CrosspointError('XP_DUCKDB_MISSING', message, { cause })
  }
}

/** Whole numbers as numbers where they are exact; times as ISO 8601. */
function value(given: unknown, type = ''): unknown {
  if (typeof given !== 'string') return given
  if (/^(?:U?BIGINT|HUGEINT)$/u.test(type) || /^DECIMAL\(\d+,0\)$/u.test(type)) {
    const number = Number(given)
    return Number.isSafeInteger(number) ? number : given
  }
  if (type.startsWith('DECIMAL')) return Number(given)
  if (type.startsWith('TIMESTAMP')) {
    return given.replace(/^(\S+) ([\d:.]+)(?:\+00(?::00)?)?$/u, '$1T$2Z')
  }
  return given
}

/** A text as an SQL literal. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
