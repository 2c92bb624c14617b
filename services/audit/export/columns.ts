/**
 * The columns of a table, derived from its record's schema, so that a new field becomes a column by
 * itself. A record inside a record is flattened into its parent; lists and facts keep their shape. Pure.
 */

/** What a column holds. `time` is milliseconds since 1970 in records and an ISO 8601 text in rows. */
export type Kind =
  | { readonly type: 'text' | 'boolean' | 'int' | 'long' | 'double' | 'time' | 'json' }
  | { readonly type: 'list'; readonly of: Kind }
  | { readonly type: 'struct'; readonly fields: readonly Part[] }

interface Part {
  readonly name: string
  readonly kind: Kind
}

export interface Column extends Part {
  /** Where the value stands in the record. */
  readonly path: readonly string[]
  /** What it means, for people. */
  readonly doc: string
}

/** An Avro schema as it stands in its file. */
export type SchemaJson = string | readonly SchemaJson[] | { readonly [key: string]: unknown }

interface FieldJson {
  readonly name: string
  readonly type: SchemaJson
  readonly doc?: string
}

const SCALARS: Readonly<Record<string, Kind>> = {
  string: { type: 'text' },
  boolean: { type: 'boolean' },
  int: { type: 'int' },
  long: { type: 'long' },
  float: { type: 'double' },
  double: { type: 'double' },
}

/** Where a record stands in its topic: the last three columns of every table. */
const PLACE_COLUMNS: readonly Column[] = [
  {
    name: 'recordPartition',
    path: [],
    kind: { type: 'int' },
    doc: 'Partition of the record in its topic.',
  },
  { name: 'recordOffset', path: [], kind: { type: 'long' }, doc: 'Offset of the record.' },
  { name: 'recordAt', path: [], kind: { type: 'time' }, doc: 'Append time of the record.' },
]

/** Columns of a record's schema, in its order, without the fields named in `omit`. */
export function columnsOf(schema: SchemaJson, omit: ReadonlySet<string>): readonly Column[] {
  const named = new Map<string, Kind>()
  const record = kindOf(schema, named)
  if (record.type !== 'struct') throw new TypeError('a table is made from a record')
  const docs = new Map(fieldsOf(schema).map((field) => [field.name, field]))
  const columns = record.fields
    .filter(({ name }) => !omit.has(name))
    .flatMap(({ name, kind }): Column[] => {
      const doc = docs.get(name)?.doc ?? ''
      if (kind.type !== 'struct') return [{ name, path: [name], kind, doc }]
      return kind.fields.map((part) => ({
        name: name + upperFirst(part.name),
        path: [name, part.name],
        kind: part.kind,
        doc: `${doc} (${part.name})`,
      }))
    })
  return [...columns, ...PLACE_COLUMNS]
}

const upperFirst = (name: string): string => name.slice(0, 1).toUpperCase() + name.slice(1)

function fieldsOf(schema: SchemaJson): readonly FieldJson[] {
  const { fields } = schema as { readonly fields?: readonly FieldJson[] }
  return fields ?? []
}

function kindOf(schema: SchemaJson, named: Map<string, Kind>): Kind {
  if (typeof schema === 'string') {
    const kind = SCALARS[schema] ?? named.get(schema.replace(/^crosspoint\./u, ''))
    if (kind === undefined) throw new TypeError(`the schema names an unknown type ${schema}`)
    return kind
  }
  if (isUnion(schema)) {
    const branches = schema.filter((branch) => branch !== 'null')
    const [only] = branches
    // A union of several kinds is the value of a fact.
    return branches.length === 1 && only !== undefined ? kindOf(only, named) : { type: 'json' }
  }
  const kind = complexKind(schema, named)
  if (typeof schema['name'] === 'string') named.set(schema['name'], kind)
  return kind
}

const isUnion = (schema: SchemaJson): schema is readonly SchemaJson[] => Array.isArray(schema)

function complexKind(
  schema: Exclude<SchemaJson, string | readonly SchemaJson[]>,
  named: Map<string, Kind>,
): Kind {
  switch (schema['type']) {
    case 'record': {
      const fields = fieldsOf(schema)
      const parts = fields.map(({ name, type }) => ({ name, kind: kindOf(type, named) }))
      return { type: 'struct', fields: parts }
    }
    case 'enum':
      return { type: 'text' }
    case 'map':
      return { type: 'json' }
    case 'array':
      return { type: 'list', of: kindOf(schema['items'] as SchemaJson, named) }
    default:
      if (schema['logicalType'] === 'timestamp-millis') return { type: 'time' }
      return kindOf(schema['type'] as SchemaJson, named)
  }
}

const SQL_TYPES = {
  text: 'VARCHAR',
  boolean: 'BOOLEAN',
  int: 'INTEGER',
  long: 'BIGINT',
  double: 'DOUBLE',
  time: 'TIMESTAMPTZ',
  json: 'JSON',
} as const

/** The type of a column in DuckDB and, through it, in Parquet. */
export function sqlType(kind: Kind): string {
  if (kind.type === 'list') return `${sqlType(kind.of)}[]`
  if (kind.type !== 'struct') return SQL_TYPES[kind.type]
  const fields = kind.fields.map(({ name, kind: part }) => `"${name}" ${sqlType(part)}`)
  return `STRUCT(${fields.join(', ')})`
}
