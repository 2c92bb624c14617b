/** Arbitrary values of any record, made from its Avro schema. */
import fc from 'fast-check'

type Schema = string | Schema[] | { type: Schema; [key: string]: unknown }
interface Field {
  name: string
  type: Schema
}

const fieldName = fc.string({ maxLength: 12 }).filter((name) => name !== '__proto__')
const double = fc.double({ noNaN: true, noDefaultInfinity: true })
/** Whole numbers of a fact travel as longs, so they must fit one; -0 has no sign there. */
const factDouble = double.filter((value) => !Number.isInteger(value))

const PRIMITIVES: Record<string, fc.Arbitrary<unknown>> = {
  null: fc.constant(null),
  boolean: fc.boolean(),
  int: fc.integer(),
  long: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }).map((value) => value * 2 ** 21),
  double,
  string: fc.string({ unit: 'binary', maxLength: 40 }),
}

/** Named types defined earlier in the same schema are found by their name. */
export function arbitraryOf(
  schema: Schema,
  named: Map<string, fc.Arbitrary<unknown>> = new Map(),
): fc.Arbitrary<unknown> {
  if (typeof schema === 'string') {
    const known = PRIMITIVES[schema] ?? named.get(schema)
    if (known === undefined) throw new Error(`unknown type ${schema}`)
    return known
  }
  if (Array.isArray(schema)) {
    const isFact = schema.includes('long') && schema.includes('double')
    return fc.oneof(
      ...schema.map((branch) =>
        isFact && branch === 'double' ? factDouble : arbitraryOf(branch, named),
      ),
    )
  }
  const define = (arbitrary: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> => {
    if (typeof schema['name'] === 'string') named.set(schema['name'], arbitrary)
    return arbitrary
  }
  switch (schema.type) {
    case 'record': {
      const fields = schema['fields'] as Field[]
      const entries = fields.map(({ name, type }) => [name, arbitraryOf(type, named)] as const)
      return define(fc.record(Object.fromEntries(entries)))
    }
    case 'enum':
      return define(fc.constantFrom(...(schema['symbols'] as string[])))
    case 'array':
      return fc.array(arbitraryOf(schema['items'] as Schema, named), { maxLength: 4 })
    case 'map':
      return fc.dictionary(fieldName, arbitraryOf(schema['values'] as Schema, named), {
        maxKeys: 4,
        noNullPrototype: true,
      })
    default:
      return arbitraryOf(schema.type, named)
  }
}
