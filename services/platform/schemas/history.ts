/**
 * The frozen history of every record in `schemas/history/<record>/v<N>.avsc`, and whether a schema can
 * read and be read by all of it (FULL_TRANSITIVE): a replay meets records of every age.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { TOPICS } from '../../topology.ts'
import { compileReader, compileWriter, type AvroSchema } from '../avro.ts'

const SCHEMA_DIR = new URL('../../../schemas/', import.meta.url)

export interface FrozenVersion {
  readonly version: number
  readonly schema: AvroSchema
}

/** Names of all records, as their files are called. */
export const RECORD_NAMES: readonly string[] = [
  ...new Set(Object.values(TOPICS).map(({ schema }) => schema)),
].toSorted()

const parse = (file: URL): AvroSchema => JSON.parse(readFileSync(file, 'utf8')) as AvroSchema

export function currentSchema(record: string): AvroSchema {
  return parse(new URL(`${record}.avsc`, SCHEMA_DIR))
}

/** Frozen versions, oldest first. */
export function frozenVersions(record: string, dir: URL = SCHEMA_DIR): readonly FrozenVersion[] {
  const folder = new URL(`history/${record}/`, dir)
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .map((file) => ({ file, version: Number(/^v(\d+)\.avsc$/u.exec(file)?.[1]) }))
    .filter(({ version }) => Number.isInteger(version))
    .toSorted((a, b) => a.version - b.version)
    .map(({ file, version }) => ({ version, schema: parse(new URL(file, folder)) }))
}

/** Why the two can't read each other's records, for people; empty: they can. */
export function incompatibilities(older: AvroSchema, newer: AvroSchema): readonly string[] {
  return [
    ...cannotRead(newer, older, 'the new schema can not read old records'),
    ...cannotRead(older, newer, 'the old schema can not read new records'),
  ]
}

function cannotRead(reader: AvroSchema, writer: AvroSchema, what: string): readonly string[] {
  try {
    compileReader(reader).createResolver(compileWriter(writer))
    return []
  } catch (error) {
    return [`${what}: ${(error as Error).message.slice(0, 300)}`]
  }
}

/** What keeps a record's current schema from living with its frozen history; by version. */
export function historyProblems(record: string): readonly string[] {
  const current = currentSchema(record)
  const frozen = frozenVersions(record)
  if (frozen.length === 0) return [`${record}: no version is frozen yet`]
  return frozen.flatMap(({ version, schema }) =>
    incompatibilities(schema, current).map(
      (problem) => `${record} against v${version}: ${problem}`,
    ),
  )
}

/** True when the newest frozen version is not the current schema, docs and all. */
export function isUnfrozen(record: string): boolean {
  const newest = frozenVersions(record).at(-1)
  return JSON.stringify(newest?.schema) !== JSON.stringify(currentSchema(record))
}

/** Freezes the current schema as the next version; gives its number. */
export function freeze(record: string): number {
  const version = (frozenVersions(record).at(-1)?.version ?? 0) + 1
  const folder = new URL(`history/${record}/`, SCHEMA_DIR)
  mkdirSync(folder, { recursive: true })
  const text = JSON.stringify(currentSchema(record), null, 2)
  writeFileSync(new URL(`v${version}.avsc`, folder), `${text}\n`)
  return version
}
