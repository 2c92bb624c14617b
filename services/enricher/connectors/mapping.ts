/**
 * Reads a dependency's answer: which of its records answers the question, whether it is the record
 * that was asked for, and which of its values are which facts.
 */
import {
  compile,
  type JSONArray,
  type JSONObject,
  type JSONValue,
  TreeInterpreter,
} from '@jmespath-community/jmespath'
import { failure, type RawResult } from '../core/live.ts'

/** A value inside a record; undefined when the record does not have it. */
export type Path = (record: JSONValue) => JSONValue | undefined

export interface Mapping {
  /** Leads to the list of matching records; null: the answer is the one record. */
  readonly matches: Path | null
  /** What must be equal to what was asked, or the record is somebody else's. */
  readonly identity: Path | null
  readonly syncedAt: Path | null
  readonly facts: readonly (readonly [name: string, path: Path])[]
}

/**
 * Compiles a JMESPath expression; throws an Error that says what is wrong with it. Along plain
 * `a.b.c` a null that stands there is a value (there is none) and an absent name is not; whatever
 * else an expression computes, null is absent.
 */
export function compilePath(expression: string): Path {
  const node = compile(expression)
  const names = /^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$/.test(expression) ? expression.split('.') : null
  if (names !== null) return (record) => walk(record, names)
  return (record) => TreeInterpreter.search(node, record) ?? undefined
}

function walk(record: JSONValue, names: readonly string[]): JSONValue | undefined {
  let value: JSONValue | undefined = record
  for (const name of names) {
    if (value === null) return null
    if (typeof value !== 'object' || Array.isArray(value)) return undefined
    value = Object.hasOwn(value, name) ? value[name] : undefined
    if (value === undefined) return undefined
  }
  return value
}

/** The records that answer; null when the answer does not have the list it should. */
function matchesOf(answer: JSONValue, { matches }: Mapping): JSONArray | null {
  if (matches === null) return [answer]
  const found = matches(answer)
  return Array.isArray(found) ? found : null
}

/**
 * One answer as a result. `asked` is what the record must be identified by. Never throws: what can't
 * be read is BAD_RESPONSE, blamed on this one record.
 */
export function readAnswer(answer: JSONValue, mapping: Mapping, asked: string | null): RawResult {
  try {
    const records = matchesOf(answer, mapping)
    if (records === null) return bad('gave an answer without the list of matches')
    if (records.length === 0) return { kind: 'NO_MATCH' }
    for (const record of records) {
      if (!isRecord(record)) return bad('gave an answer that is no record')
      if (!answers(record, mapping, asked)) return bad('gave the record of somebody else')
    }
    const [record] = records
    if (records.length > 1 || record === undefined) return { kind: 'MULTIPLE_MATCH' }
    const facts: Record<string, JSONValue | undefined> = {}
    for (const [name, path] of mapping.facts) facts[name] = path(record)
    return { kind: 'FOUND', facts, syncedAt: stampOf(record, mapping) }
  } catch {
    return bad('gave an answer that can not be mapped')
  }
}

function isRecord(value: JSONValue): value is JSONObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function answers(record: JSONValue, { identity }: Mapping, asked: string | null): boolean {
  if (identity === null || asked === null) return true
  const value = identity(record)
  return (typeof value === 'string' || typeof value === 'number') && String(value) === asked
}

/** ISO 8601 with a zone, or milliseconds since 1970; anything else is no stamp. */
function stampOf(record: JSONValue, { syncedAt }: Mapping): number | null {
  const value = syncedAt?.(record)
  if (typeof value === 'number') return Number.isFinite(value) ? value : null
  if (typeof value !== 'string' || !/(?:Z|[+-]\d\d:?\d\d)$/.test(value)) return null
  const time = Date.parse(value)
  return Number.isNaN(time) ? null : time
}

function bad(detail: string): RawResult {
  return failure('BAD_RESPONSE', detail, { blame: 'record' })
}
