/** The tables of an export: one a topic. */
import { loadSchemas } from '../../platform/avro.ts'
import { requestKey } from '../../domain/request.ts'
import { isVoid } from '../../domain/horizon.ts'
import type { TopicName } from '../../topology.ts'
import type { ReadRecord } from '../read-records.ts'
import { columnsOf, type Column, type SchemaJson } from './columns.ts'

export const TABLE_NAMES = ['decision', 'fallback', 'late', 'policy', 'override', 'routed'] as const

export type TableName = (typeof TABLE_NAMES)[number]

export interface Table {
  readonly name: TableName
  readonly topic: TopicName
  /** One row is one of these. */
  readonly means: string
  readonly columns: readonly Column[]
  /** What repeats of a record share; null for a record that is no row. */
  readonly idOf: (read: ReadRecord) => string | null
}

type TableSpec = Omit<Table, 'name' | 'columns'> & { readonly omit?: readonly string[] }

const SPECS: { readonly [Name in TableName]: TableSpec } = {
  decision: {
    topic: 'audit.decision',
    means: 'a decision; `effective` is false for one that lost against an earlier one',
    idOf: (read) =>
      read.topic === 'audit.decision' && read.value !== null
        ? `${read.value.decisionId} ${read.value.effective}`
        : null,
  },
  fallback: {
    topic: 'audit.fallback',
    means: 'one reason why an effective decision did not rest on live, fresh, complete facts',
    idOf: (read) => (read.topic === 'audit.fallback' ? (read.value?.eventId ?? null) : null),
  },
  late: {
    topic: 'audit.late',
    means: 'the first live answer of a dependency that a decision did not use',
    idOf: (read) => (read.topic === 'audit.late' ? (read.value?.eventId ?? null) : null),
  },
  policy: {
    topic: 'audit.policy',
    means: 'a version of the policy with its text',
    idOf: (read) =>
      read.topic === 'audit.policy' && read.value !== null
        ? `${read.value.policyVersion} ${read.value.activeFrom}`
        : null,
  },
  override: {
    topic: 'audit.override',
    means: 'an override that was set or cleared',
    idOf: (read) =>
      read.topic === 'audit.override' && read.value !== null
        ? `${read.value.dependency} ${read.value.setAt} ${read.value.action}`
        : null,
  },
  // Facts and inputs of all classes stand in call.routed for the agent's screen: they stay there.
  routed: {
    topic: 'call.routed',
    means:
      'the decision of a request as the ACD reads it: the first that is not void; without the facts',
    omit: ['context', 'summary', 'transferOf', 'lookups', 'fallbacks'],
    idOf: (read) => {
      if (read.topic !== 'call.routed' || read.value === null) return null
      if (isVoid(read.value.decidedAt, read.record.appendedAt)) return null
      return `${read.record.partition} ${requestKey(read.value)}`
    },
  },
}

/** The tables with their columns, from the schemas of this version. */
export function loadTables(): { readonly [Name in TableName]: Table } {
  const schemas = loadSchemas()
  const entries = TABLE_NAMES.map((name): [TableName, Table] => {
    const { omit = [], ...spec } = SPECS[name]
    const columns = columnsOf(schemas.get(spec.topic) as SchemaJson, new Set(omit))
    return [name, { name, ...spec, columns }]
  })
  return Object.fromEntries(entries) as { [Name in TableName]: Table }
}

/** What is exported unless topics are named: all that is kept for analysts. */
export const AUDIT_TABLES: readonly TableName[] = [
  'decision',
  'fallback',
  'late',
  'policy',
  'override',
]

/** The table of a topic or of its own name; null when there is none. */
export function tableNamed(text: string): TableName | null {
  return TABLE_NAMES.find((name) => name === text || SPECS[name].topic === text) ?? null
}
