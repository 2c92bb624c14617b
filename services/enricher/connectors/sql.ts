/**
 * A system of record in PostgreSQL. Connections are kept by hand rather than by pg's pool, which can
 * neither give up a connection that is still being made nor tell in which of the two it hangs. A
 * connection that did not end its question in order is destroyed, never used again.
 */
import type { JSONValue } from '@jmespath-community/jmespath'
import { Client, type QueryResult, types } from 'pg'
import { failure, type LiveFailure, type RawResult } from '../core/live.ts'
import type { InputName, Question } from '../core/question.ts'
import type { AskControl, Connector } from './connector.ts'
import { type Mapping, readAnswer } from './mapping.ts'

export interface SqlOptions {
  readonly asked: string
  readonly connectionString: string
  /** One select; rows beyond the second are never fetched. */
  readonly query: string
  /** $1, $2, … */
  readonly parameters: readonly InputName[]
  readonly connections: number
  readonly mapping: Mapping
  readonly identity: InputName | null
}

interface Connection {
  readonly client: Client
  /** The server's limit as last set on this connection, milliseconds. */
  statementMs: number
}

export function sqlConnector(options: SqlOptions): Connector {
  const idle: Connection[] = []
  const open = new Set<Connection>()
  let closed = false

  const destroy = (connection: Connection): void => {
    open.delete(connection)
    const at = idle.indexOf(connection)
    if (at >= 0) idle.splice(at, 1)
    streamOf(connection.client)?.destroy()
  }
  const connect = async (signal: AbortSignal): Promise<Connection> => {
    const { connectionString } = options
    const client = new Client({ connectionString, keepAlive: true, types: { getTypeParser } })
    const connection: Connection = { client, statementMs: 0 }
    open.add(connection)
    // An idle connection that breaks is dropped; one in use tells its question itself.
    client.on('error', () => destroy(connection))
    const giveUp = (): void => destroy(connection)
    signal.addEventListener('abort', giveUp, { once: true })
    try {
      await client.connect()
      return connection
    } catch (error) {
      destroy(connection)
      throw error
    } finally {
      signal.removeEventListener('abort', giveUp)
    }
  }
  const ask = async (question: Question, control: AskControl): Promise<RawResult> => {
    if (idle.length === 0 && open.size >= options.connections) {
      control.reached('QUEUED')
      return failure('OVERLOADED', 'has no free connection left', { retry: true })
    }
    const connection = idle.pop() ?? (await connect(control.signal))
    control.reached('RESPONSE')
    const giveUp = (): void => destroy(connection)
    control.signal.addEventListener('abort', giveUp, { once: true })
    let sound = false
    try {
      const result = await select(connection, options, question, control.remainingMs)
      sound = true
      return readRows(result, options, question)
    } catch (error) {
      sound = isServerError(error) && !isFatal(error)
      throw error
    } finally {
      control.signal.removeEventListener('abort', giveUp)
      if (sound && !closed && open.has(connection)) idle.push(connection)
      else destroy(connection)
    }
  }
  return {
    asked: options.asked,
    inputs: [...new Set(options.parameters)],
    ask: (question, control) => ask(question, control).catch((error: unknown) => failureOf(error)),
    close() {
      closed = true
      for (const connection of open) destroy(connection)
      return Promise.resolve()
    },
  }
}

/** pg's public types leave its socket out. */
function streamOf(client: Client): { destroy(): void } | undefined {
  return (client as unknown as { connection?: { stream?: { destroy(): void } } }).connection?.stream
}

/** The far side's limit moves in steps, so that it is not set anew for every question. */
const STATEMENT_STEP_MS = 250

async function select(
  connection: Connection,
  { query, parameters }: SqlOptions,
  question: Question,
  remainingMs: number,
): Promise<QueryResult<Record<string, unknown>>> {
  const statementMs = Math.max(1, Math.ceil(remainingMs / STATEMENT_STEP_MS)) * STATEMENT_STEP_MS
  const { client } = connection
  const values = parameters.map((name) => question[name] ?? null)
  // Two rows tell that there are several; no mistake in a query can flood this process.
  const text = `select * from (${query}) as answer limit 2`
  if (connection.statementMs === statementMs) return client.query({ text, values })
  const [, result] = await Promise.all([
    client.query(`set statement_timeout = ${statementMs}`),
    client.query<Record<string, unknown>>({ text, values }),
  ])
  connection.statementMs = statementMs
  return result
}

function readRows(
  { rows }: QueryResult<Record<string, unknown>>,
  { mapping, identity }: SqlOptions,
  question: Question,
): RawResult {
  const asked = identity === null ? null : (question[identity] ?? null)
  const whole = { ...mapping, matches: (answer: JSONValue) => answer }
  return readAnswer(rows as JSONValue, whole, asked)
}

const { INT8, NUMERIC, TIMESTAMP, TIMESTAMPTZ }: Readonly<Record<string, number>> = types.builtins

/** Values as JSON would carry them: whole and decimal numbers as numbers, times as milliseconds. */
function getTypeParser(oid: number): (value: string) => unknown {
  if (oid === INT8 || oid === NUMERIC) return Number
  if (oid === TIMESTAMPTZ) return timeOf
  // Without a zone a time is taken as UTC, never as this machine's own.
  if (oid === TIMESTAMP) return (value) => timeOf(`${value}+00`)
  return parserOf(oid)
}

/** pg names the types it knows by an enum, but takes any. */
const parserOf = types.getTypeParser as (oid: number) => (value: string) => unknown

/** PostgreSQL's `2026-11-21 10:00:00.5+01` in milliseconds. */
function timeOf(value: string): number | null {
  const time = Date.parse(value.replace(' ', 'T').replace(/([+-]\d\d)$/, '$1:00'))
  return Number.isNaN(time) ? null : time
}

function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : ''
}

function isServerError(error: unknown): boolean {
  return (
    /^[0-9A-Z]{5}$/.test(codeOf(error)) && (error as { severity?: string }).severity !== undefined
  )
}

function isFatal(error: unknown): boolean {
  return ['FATAL', 'PANIC'].includes((error as { severity?: string }).severity ?? '')
}

/** The error's code only: its message may hold what was asked. */
function failureOf(error: unknown): LiveFailure {
  const code = codeOf(error)
  if (isServerError(error)) return serverFailure(code)
  switch (code) {
    case 'ECONNREFUSED':
      return failure('UNREACHABLE', 'refused the connection', { retry: true })
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return failure('UNREACHABLE', 'has a name that is not known', { retry: true })
    default:
      return failure('UNREACHABLE', 'cut the connection', { retry: true })
  }
}

/** By class of SQLSTATE (PostgreSQL, appendix A). */
function serverFailure(code: string): LiveFailure {
  if (code === '57014') return failure('RESPONSE', 'stopped the query after its time')
  const sqlClass = code.slice(0, 2)
  if (sqlClass === '53')
    return failure('OVERLOADED', `is overloaded (SQLSTATE ${code})`, { retry: true })
  if (sqlClass === '57' || sqlClass === '08') {
    return failure('UNREACHABLE', `is not in service (SQLSTATE ${code})`, { retry: true })
  }
  const repeat = sqlClass === '40' || code === '55P03'
  return failure('ERROR_STATUS', `answered with SQLSTATE ${code}`, {
    blame: sqlClass === '22' ? 'record' : 'dependency',
    retry: repeat,
  })
}
