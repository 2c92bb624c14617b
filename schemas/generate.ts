/**
 * Writes `schemas/records.ts`, the TypeScript shape of every record, from the `.avsc` files beside it,
 * and `schemas/policy.schema.json` from the policy language. `--check` writes nothing and exits 1 when a
 * file on disk is not what would be written.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { policyJsonSchema } from '../services/policy/json-schema.ts'

type Schema = string | Schema[] | { [key: string]: unknown; type: Schema }

interface Field {
  name: string
  type: Schema
  doc?: string
}

const here = new URL('.', import.meta.url)
const outFile = new URL('records.ts', here)

/** Every union with these branches is a fact's value; it gets one name instead of six branches. */
const FACT_BRANCHES = JSON.stringify([
  'null',
  'boolean',
  'long',
  'double',
  'string',
  { type: 'array', items: 'string' },
])

const PRIMITIVES: Record<string, string> = {
  null: 'null',
  boolean: 'boolean',
  int: 'number',
  long: 'number',
  float: 'number',
  double: 'number',
  string: 'string',
  bytes: 'Uint8Array',
}

const declarations = new Map<string, string>()

/** Adds a named type once; two schemas that give one name two shapes are a mistake of ours. */
function declare(name: string, text: string): string {
  const known = declarations.get(name)
  const shape = (source: string) => source.replaceAll(/\/\*\*.*?\*\//gs, '')
  if (known !== undefined && shape(known) !== shape(text)) {
    throw new Error(`schemas: ${name} has two shapes; give one of them another name`)
  }
  if (known === undefined) declarations.set(name, text)
  return name
}

function typeOf(schema: Schema): string {
  if (typeof schema === 'string') return PRIMITIVES[schema] ?? schema
  if (Array.isArray(schema)) {
    if (JSON.stringify(schema) === FACT_BRANCHES) return 'FactValue'
    return schema.map(typeOf).toSorted(nullLast).join(' | ')
  }
  if (schema.type === 'record') return declare(String(schema['name']), recordOf(schema))
  if (schema.type === 'enum') return declare(String(schema['name']), enumOf(schema))
  if (schema.type === 'array') return `readonly ${wrap(typeOf(schema['items'] as Schema))}[]`
  if (schema.type === 'map')
    return `{ readonly [name: string]: ${typeOf(schema['values'] as Schema)} }`
  return typeOf(schema.type)
}

const nullLast = (a: string, b: string) => Number(a === 'null') - Number(b === 'null')
const wrap = (type: string) => (type.includes(' ') ? `(${type})` : type)

function recordOf(schema: { [key: string]: unknown }): string {
  const fields = (schema['fields'] as Field[]).map(
    (field) => `  /** ${field.doc} */\n  readonly ${field.name}: ${typeOf(field.type)}`,
  )
  const name = String(schema['name'])
  return `/** ${String(schema['doc'])} */\nexport interface ${name} {\n${fields.join('\n')}\n}\n`
}

function enumOf(schema: { [key: string]: unknown }): string {
  const name = String(schema['name'])
  const symbols = (schema['symbols'] as string[]).map((symbol) => `  | '${symbol}'`)
  return `/** ${String(schema['doc'])} */\nexport type ${name} =\n${symbols.join('\n')}\n`
}

function generate(): string {
  const files = readdirSync(here).filter((file) => file.endsWith('.avsc'))
  for (const file of files.toSorted()) {
    typeOf(JSON.parse(readFileSync(new URL(file, here), 'utf8')) as Schema)
  }
  const head =
    '// Generated from the .avsc files by `npm run generate`; edit those instead.\n\n' +
    '/** A fact as it travels: what a dependency said, by name. */\n' +
    'export type FactValue = null | boolean | number | string | readonly string[]\n'
  const names = [...declarations.keys()].toSorted()
  return [head, ...names.map((name) => declarations.get(name))].join('\n')
}

/** Everything that is generated: a file in this folder, and what it must hold. */
const outputs: readonly (readonly [file: URL, text: string])[] = [
  [outFile, generate()],
  [new URL('policy.schema.json', here), policyJsonSchema()],
]

for (const [file, text] of outputs) {
  if (!process.argv.includes('--check')) writeFileSync(file, text)
  else if (!existsSync(file) || readFileSync(file, 'utf8') !== text) {
    console.error(`${file.pathname} is not what its sources say: run \`npm run generate\``)
    process.exitCode = 1
  }
}
