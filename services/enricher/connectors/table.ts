/**
 * A dependency small enough to be a file: a list of callers, a plan of holidays. Its rows are read
 * once, when the enricher starts; answers come from memory.
 */
import { readFileSync, statSync } from 'node:fs'
import type { JSONObject, JSONValue } from '@jmespath-community/jmespath'
import { CrosspointError } from '../../errors.ts'
import type { Question } from '../core/question.ts'
import type { Connector } from './connector.ts'
import { type Mapping, type Path, readAnswer } from './mapping.ts'
import type { Template } from './template.ts'

export interface Table {
  readonly rows: ReadonlyMap<string, readonly JSONObject[]>
  /** When the file was written, Unix milliseconds: the age of rows that tell none of their own. */
  readonly writtenAt: number
}

export interface TableOptions {
  readonly asked: string
  /** What a row is found by. */
  readonly equals: Template
  readonly table: Table
  /** How a row is read; `matches` is the connector's own. */
  readonly mapping: Pick<Mapping, 'facts' | 'syncedAt'>
}

const BYTES_MAX = 64 * 1024 * 1024

/**
 * Reads a file that holds a JSON list of records, kept by the value at `key`. Throws XP_CONNECTOR_FILE,
 * XP_CONNECTOR_LIMIT or XP_CONNECTOR_MAPPING.
 */
export function readTable(file: string, key: Path): Table {
  const { text, writtenAt } = read(file)
  const rows = new Map<string, JSONObject[]>()
  for (const [index, row] of parse(text, file).entries()) {
    const value = isRecord(row) ? key(row) : undefined
    if (!isRecord(row) || (typeof value !== 'string' && typeof value !== 'number')) {
      throw mapping(file, `row ${index + 1} is no record with a key`)
    }
    const known = rows.get(String(value))
    if (known === undefined) rows.set(String(value), [row])
    else known.push(row)
  }
  return { rows, writtenAt }
}

export function tableConnector({ asked, equals, table, mapping: how }: TableOptions): Connector {
  const { rows, writtenAt } = table
  const whole: Mapping = { ...how, matches: (answer) => answer, identity: null }
  return {
    asked,
    inputs: equals.inputs,
    ask(question: Question) {
      const found = rows.get(equals.fill(question, (value) => value)) ?? []
      const answer = readAnswer([...found], whole, null)
      const dated =
        answer.kind === 'FOUND' && how.syncedAt === null
          ? { ...answer, syncedAt: writtenAt }
          : answer
      return Promise.resolve(dated)
    },
    close: () => Promise.resolve(),
  }
}

function read(file: string): { readonly text: string; readonly writtenAt: number } {
  try {
    const { size, mtimeMs } = statSync(file)
    if (size <= BYTES_MAX)
      return { text: readFileSync(file, 'utf8'), writtenAt: Math.floor(mtimeMs) }
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code ?? 'unknown reason'
    throw new CrosspointError('XP_CONNECTOR_FILE', `can not be read: ${why}`, {
      place: { file },
      cause,
    })
  }
  throw new CrosspointError('XP_CONNECTOR_LIMIT', `is larger than ${BYTES_MAX} bytes`, {
    place: { file },
  })
}

function parse(text: string, file: string): readonly JSONValue[] {
  let value: JSONValue
  try {
    value = JSON.parse(text) as JSONValue
  } catch {
    throw mapping(file, 'is not JSON')
  }
  if (!Array.isArray(value)) throw mapping(file, 'is no list of records')
  return value
}

function isRecord(value: JSONValue): value is JSONObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function mapping(file: string, what: string): CrosspointError {
  return new CrosspointError('XP_CONNECTOR_MAPPING', what, { place: { file } })
}
