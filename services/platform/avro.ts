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

/** What avsc's reading position offers. */
interface Tap {
  readonly buf: Uint8Array
  pos: number
  readLong(): number
  skipLong(): void
  readString(): string
  skipString(): void
}

/** The same while it writes. */
interface Pen {
  readonly buf: Uint8Array
  pos: number
  writeString(text: string): void
}

interface Readable {
  _read(tap: Tap): unknown
  _skip(tap: Tap): void
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

/** Longer names are rare. A length below 64 takes one byte in front of its text. */
const SHORT = 64
const ASCII_END = 0x80
const NAMES_KEPT = 1024

/** Names of facts met before, by a hash of their bytes. */
const names: string[] = Array.from({ length: NAMES_KEPT }, () => '')

/** A name in a map. There are few of them: one that was read before is not made again. */
function readName(tap: Tap): string {
  const { buf, pos } = tap
  const twice = buf[pos] ?? ASCII_END
  const length = twice >> 1
  const from = pos + 1
  const end = from + length
  if (length >= SHORT || twice % 2 !== 0 || end > buf.length) return tap.readString()
  let hash = length
  for (let at = from; at < end; at += 1) hash = (Math.imul(hash, 31) + (buf[at] ?? 0)) | 0
  const place = (hash ^ (hash >>> 15)) & (NAMES_KEPT - 1)
  const kept = names[place] ?? ''
  if (isAt(buf, from, length, kept)) {
    tap.pos = end
    return kept
  }
  const name = tap.readString()
  names[place] = name
  return name
}

/** True when these bytes are that text, all ASCII. */
function isAt(bytes: Uint8Array, from: number, length: number, text: string): boolean {
  if (text.length !== length) return false
  for (let index = 0; index < length; index += 1) {
    const byte = bytes[from + index] ?? ASCII_END
    if (byte >= ASCII_END || text.charCodeAt(index) !== byte) return false
  }
  return true
}

/** avsc counts a text's bytes before it writes them; a short one in ASCII is written as it is counted. */
class QuickString extends avsc.types.StringType {
  _write(tap: Pen, text: unknown): void {
    if (typeof text !== 'string') throw new TypeError('not a string')
    const { length } = text
    const { buf, pos } = tap
    if (length >= SHORT || pos + length >= buf.length) {
      tap.writeString(text)
      return
    }
    for (let index = 0; index < length; index += 1) {
      const code = text.charCodeAt(index)
      if (code >= ASCII_END) {
        tap.writeString(text)
        return
      }
      buf[pos + 1 + index] = code
    }
    buf[pos] = length << 1
    tap.pos = pos + 1 + length
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
        const name = readName(tap)
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
}

const quickString = new QuickString()

type Options = NonNullable<Parameters<typeof avsc.Type.forSchema>[1]>

function hook(schema: AvroSchema, options: Options, plain: boolean): AvroType | undefined {
  if (plain && schema === 'double') return finiteDouble
  if (plain && schema === 'string') return quickString
  if (Array.isArray(schema)) {
    const branches = schema as unknown[]
    if (!plain || !branches.includes('long') || !branches.includes('double')) return undefined
    const facts = branches.map((branch) =>
      branch === 'long' ? integerFact : branch === 'double' ? fractionFact : branch,
    )
    return avsc.Type.forSchema(facts as AvroSchema, options)
  }
  const kind = (schema as { type?: unknown }).type
  if (kind === 'array') return new BoundedArray(schema, options)
  if (kind === 'map') return new BoundedMap(schema, options)
  return undefined
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
