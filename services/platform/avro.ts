/* oxlint-disable no-underscore-dangle -- avsc names the methods of a type so */
/**
 * Avro types whose values are the plain shapes of `schemas/records.ts`. Three things differ from avsc's
 * own: a fact's number is a long when it is an integer and a double otherwise, NaN and the infinities
 * are no numbers, and a collection may not claim more items than bytes are left to read (else a few
 * broken bytes would keep a reader busy for ever).
 */
import { readFileSync } from 'node:fs'
import avsc from 'avsc'
import { TOPIC_NAMES, TOPICS, type TopicName } from '../topology.ts'
import { type Pen, readText, type Tap, writeByte, writeText } from './avro-pen.ts'

/** An Avro schema as JSON. */
export type AvroSchema = avsc.Schema
export type AvroType = avsc.Type

/** avsc's longs are exact this far only: it doubles them in a double on their way (zigzag). */
const LONG_MAX = 2 ** 52

const isInteger = (value: unknown): value is number =>
  Number.isInteger(value) && Math.abs(Number(value)) <= LONG_MAX
const isFinite = (value: unknown): value is number =>
  typeof value === 'number' && Number.isFinite(value)
const isFraction = (value: unknown): value is number => isFinite(value) && !Number.isInteger(value)

/** A number as it is handed on: whatever its kind, it can be written again. */
function readable(value: unknown): number {
  if (isInteger(value) || isFraction(value)) return value
  throw new Error('a fact is a number that can not be written exactly')
}

function finite(value: unknown): number {
  if (isFinite(value)) return value
  throw new Error('a number is not finite')
}

/** Numbers of one kind: `accepts` says which values are written, `from` which types are read. */
function numberType(
  type: 'long' | 'double',
  name: string,
  accepts: (value: unknown) => value is number,
  from: ReadonlySet<string>,
  take: (value: unknown) => number,
): AvroType {
  class NumberType extends avsc.types.LogicalType {
    protected override _fromValue(value: unknown): number {
      return take(value)
    }
    protected override _toValue(value: unknown): number | undefined {
      return accepts(value) ? value : undefined
    }
    protected override _resolve(writer: AvroType): ((value: unknown) => number) | undefined {
      return from.has(writer.typeName) ? take : undefined
    }
  }
  return new NumberType({ type, logicalType: name })
}

const INTEGERS = new Set(['int', 'long'])
const NUMBERS = new Set(['int', 'long', 'float', 'double'])
const integerFact = numberType('long', 'integer', isInteger, INTEGERS, readable)
const fractionFact = numberType('double', 'fraction', isFraction, NUMBERS, readable)
const finiteDouble = numberType('double', 'finite', isFinite, NUMBERS, finite)

interface Readable {
  _read(tap: Tap): unknown
  _skip(tap: Tap): void
}

interface Writable {
  _write(pen: Pen, value: unknown): void
}

/** Items in the next block; 0 ends the collection. */
function blockSize(tap: Tap): number {
  let size = tap.readLong()
  if (size < 0) {
    size = -size
    tap.skipLong()
  }
  if (size > tap.buf.length - tap.pos) throw new Error('a collection is longer than its record')
  return size
}

class QuickString extends avsc.types.StringType {
  _read(tap: Tap): string {
    return readText(tap)
  }
  _write(pen: Pen, text: unknown): void {
    if (typeof text !== 'string') throw new TypeError('not a string')
    writeText(pen, text)
  }
}

/** A union of null and one more, as most are: there is no branch to be looked for. */
class Nullable extends avsc.types.UnwrappedUnionType {
  _read(tap: Tap): unknown {
    const index = tap.readLong()
    if (index === 0) return null
    if (index !== 1) throw new Error('a union has no such branch')
    return (this.types[1] as unknown as Readable)._read(tap)
  }
  _write(pen: Pen, value: unknown): void {
    writeByte(pen, value === null ? 0 : 2)
    if (value !== null) (this.types[1] as unknown as Writable)._write(pen, value)
  }
}

/** Branches of a fact's union as all schemas have them, a list of texts being the last. */
const FACT_BRANCHES = ['null', 'boolean', 'long', 'double', 'string']
/** What stands in front of a value: the index of its branch, as Avro writes such numbers. */
const FACT = { null: 0, boolean: 2, long: 4, double: 6, string: 8, list: 10 } as const

const isFactUnion = (branches: readonly unknown[]): boolean =>
  branches.length === FACT_BRANCHES.length + 1 &&
  FACT_BRANCHES.every((branch, index) => branches[index] === branch)

class FactUnion extends avsc.types.UnwrappedUnionType {
  _write(pen: Pen, value: unknown): void {
    if (typeof value === 'string') {
      writeByte(pen, FACT.string)
      writeText(pen, value)
    } else if (typeof value === 'boolean') {
      writeByte(pen, FACT.boolean)
      writeByte(pen, value ? 1 : 0)
    } else if (value === null) writeByte(pen, FACT.null)
    else if (isInteger(value)) {
      writeByte(pen, FACT.long)
      pen.writeLong(value)
    } else if (isFraction(value)) {
      writeByte(pen, FACT.double)
      pen.writeDouble(value)
    } else {
      writeByte(pen, FACT.list)
      ;(this.types[FACT_BRANCHES.length] as unknown as Writable)._write(pen, value)
    }
  }
}

// A resolver borrows these readers from the reader's type and runs them with `this` being itself, its
// items already resolved: hence `this.itemsType` and not a captured type.
class BoundedArray extends avsc.types.ArrayType {
  _read(tap: Tap): unknown[] {
    const items = this.itemsType as unknown as Readable
    const values: unknown[] = []
    for (let left = blockSize(tap); left > 0; left = blockSize(tap)) {
      while (left-- > 0) values.push(items._read(tap))
    }
    return values
  }
  _skip(tap: Tap): void {
    const items = this.itemsType as unknown as Readable
    for (let left = blockSize(tap); left > 0; left = blockSize(tap)) {
      while (left-- > 0) items._skip(tap)
    }
  }
}

class BoundedMap extends avsc.types.MapType {
  _read(tap: Tap): Record<string, unknown> {
    const items = this.valuesType as Readable
    const values: Record<string, unknown> = {}
    for (let left = blockSize(tap); left > 0; left = blockSize(tap)) {
      while (left-- > 0) {
        const name = readText(tap)
        if (name === '__proto__') throw new Error('a map has a name that is not allowed')
        values[name] = items._read(tap)
      }
    }
    return values
  }
  _skip(tap: Tap): void {
    const items = this.valuesType as Readable
    for (let left = blockSize(tap); left > 0; left = blockSize(tap)) {
      while (left-- > 0) {
        tap.skipString()
        items._skip(tap)
      }
    }
  }
  _write(pen: Pen, value: unknown): void {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new TypeError('not a map')
    }
    const items = this.valuesType as Writable
    const parts = value as { readonly [name: string]: unknown }
    const names = Object.keys(parts)
    if (names.length > 0) pen.writeLong(names.length)
    for (const name of names) {
      writeText(pen, name)
      items._write(pen, parts[name])
    }
    writeByte(pen, 0)
  }
}

const quickString = new QuickString()

type Options = NonNullable<Parameters<typeof avsc.Type.forSchema>[1]>

function hook(schema: AvroSchema, options: Options, plain: boolean): AvroType | undefined {
  if (plain && schema === 'double') return finiteDouble
  if (plain && schema === 'string') return quickString
  if (Array.isArray(schema)) {
    return plain ? unionType(schema, options) : undefined
  }
  const kind = (schema as { type?: unknown }).type
  if (kind === 'array') return new BoundedArray(schema, options)
  if (kind === 'map') return new BoundedMap(schema, options)
  return undefined
}

function unionType(branches: unknown[], options: Options): AvroType | undefined {
  if (branches.length === 2 && branches[0] === 'null') {
    return new Nullable(branches as AvroSchema, options)
  }
  if (!isFactUnion(branches)) return undefined
  const [none, flag, , , ...others] = branches
  return new FactUnion([none, flag, integerFact, fractionFact, ...others] as AvroSchema, options)
}

/** The type this program reads and writes one of its own schemas with. Costs about 0.2 ms. */
export function compileReader(schema: AvroSchema): AvroType {
  return avsc.Type.forSchema(schema, {
    wrapUnions: 'never',
    omitRecordMethods: true,
    typeHook: (part, options) => hook(part, options, true),
  })
}

/** The type of someone else's schema, only ever read through a resolver. Throws when it is no schema. */
export function compileWriter(schema: AvroSchema): AvroType {
  return avsc.Type.forSchema(schema, {
    wrapUnions: 'always',
    omitRecordMethods: true,
    typeHook: (part, options) => hook(part, options, false),
  })
}

/** True when both lay out bytes alike: docs, defaults and aliases aside. */
export function sameLayout(a: AvroType, b: AvroType): boolean {
  return Buffer.compare(a.fingerprint(), b.fingerprint()) === 0
}

/** Where a value does not fit, for an error's text: path and types, never the value itself. */
export function misfit(type: AvroType, value: unknown): string {
  let found = 'the value does not fit its schema'
  type.isValid(value, {
    errorHook: (path, part, expected) => {
      const got = part === null ? 'null' : Array.isArray(part) ? 'array' : typeof part
      found = `${path.join('.') || 'value'} does not fit ${expected.typeName} (${got})`
    },
  })
  return found
}

const SCHEMA_DIR = new URL('../../schemas/', import.meta.url)

/** The schema of every topic, from `schemas/*.avsc`. */
export function loadSchemas(): ReadonlyMap<TopicName, AvroSchema> {
  const read = (name: TopicName): AvroSchema =>
    JSON.parse(readFileSync(new URL(`${TOPICS[name].schema}.avsc`, SCHEMA_DIR), 'utf8'))
  return new Map(TOPIC_NAMES.map((name) => [name, read(name)]))
}
