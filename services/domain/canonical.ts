/**
 * One text for one value: JSON with keys in order, so that equal values have equal hashes. It is written as
 * bytes, into room that is used again: what is hashed needs no text, and a text put together of hundreds
 * of parts was most of what the audit of a call allocated.
 */

const decoder = new TextDecoder()

/** Canonical JSON of a value made of plain objects, arrays, strings, numbers, booleans and null. */
export function canonical(value: unknown): string {
  return decoder.decode(canonicalBytes(value))
}

/** The same in UTF-8, to be hashed at once: the next call writes over it. */
export function canonicalBytes(value: unknown): Uint8Array {
  at = 0
  write(value)
  const written = bytes.subarray(0, at)
  // A single huge value must not keep its room for ever.
  if (bytes.length > ROOM_KEPT) bytes = new Uint8Array(FIRST_ROOM)
  return written
}

const FIRST_ROOM = 16 * 1024
const ROOM_KEPT = 1024 * 1024

let bytes = new Uint8Array(FIRST_ROOM)
/** Where the next byte goes. */
let at = 0

const encoder = new TextEncoder()
const QUOTE = 0x22
const COMMA = 0x2c
const DIGIT_ZERO = 0x30
const BACKSLASH = 0x5c
const FIRST_PRINTED = 0x20
const ASCII_END = 0x80
/** Bytes in UTF-8 of a UTF-16 unit, at most. */
const UNIT_BYTES_MAX = 3

function write(value: unknown): void {
  if (typeof value === 'string') writeText(value)
  else if (typeof value === 'number') writeNumber(value)
  else if (typeof value === 'boolean') writeAscii(value ? 'true' : 'false')
  else if (value === null || typeof value !== 'object') writeAscii('null')
  else if (Array.isArray(value)) writeList(value)
  else writeParts(value as { readonly [name: string]: unknown })
}

function writeList(list: readonly unknown[]): void {
  let next = 0x5b
  for (const part of list) {
    writeByte(next)
    write(part)
    next = COMMA
  }
  if (next !== COMMA) writeByte(next)
  writeByte(0x5d)
}

function writeParts(parts: { readonly [name: string]: unknown }): void {
  let next = 0x7b
  for (const { name, quoted } of inOrder(Object.keys(parts))) {
    const part = parts[name]
    if (part === undefined) continue
    writeByte(next)
    writeBytes(quoted)
    write(part)
    next = COMMA
  }
  if (next !== COMMA) writeByte(next)
  writeByte(0x7d)
}

/** Most texts are ASCII without anything to escape: they are written as they are looked at. */
function writeText(text: string): void {
  const { length } = text
  makeRoom(length + 2)
  const room = bytes
  let to = at
  room[to++] = QUOTE
  for (let index = 0; index < length; index += 1) {
    const code = text.charCodeAt(index)
    if (code < FIRST_PRINTED || code >= ASCII_END || code === QUOTE || code === BACKSLASH) {
      writeAny(JSON.stringify(text))
      return
    }
    room[to++] = code
  }
  room[to++] = QUOTE
  at = to
}

function writeAny(text: string): void {
  makeRoom(text.length * UNIT_BYTES_MAX)
  at += encoder.encodeInto(text, bytes.subarray(at)).written
}

/** The engine keeps the texts of numbers for a while, and each decision is full of times that never come again. */
function writeNumber(value: number): void {
  if (value >= 0 && Number.isSafeInteger(value)) {
    const high = Math.floor(value / LOW_NUMBERS)
    const low = value - high * LOW_NUMBERS
    if (high > 0) writeDigits(high, digitsOf(high))
    writeDigits(low, high > 0 ? LOW_DIGITS : digitsOf(low))
  } else writeAscii(Number.isFinite(value) ? String(value) : 'null')
}

/** In whole numbers of 32 bits, of which every safe one has two, the engine counts quickest. */
const LOW_DIGITS = 7
const LOW_NUMBERS = 10 ** LOW_DIGITS

function digitsOf(whole: number): number {
  let digits = 1
  for (let least = 10; least <= whole; least *= 10) digits += 1
  return digits
}

function writeDigits(whole: number, digits: number): void {
  makeRoom(digits)
  let rest = whole
  for (let place = at + digits - 1; place >= at; place -= 1) {
    bytes[place] = DIGIT_ZERO + (rest % 10)
    rest = Math.floor(rest / 10)
  }
  at += digits
}

function writeAscii(text: string): void {
  const { length } = text
  makeRoom(length)
  const room = bytes
  const from = at
  for (let index = 0; index < length; index += 1) room[from + index] = text.charCodeAt(index)
  at = from + length
}

function writeBytes(some: Uint8Array): void {
  const { length } = some
  makeRoom(length)
  const room = bytes
  const from = at
  for (let index = 0; index < length; index += 1) room[from + index] = some[index] ?? 0
  at = from + length
}

function writeByte(byte: number): void {
  makeRoom(1)
  bytes[at++] = byte
}

function makeRoom(count: number): void {
  if (at + count <= bytes.length) return
  const larger = new Uint8Array(Math.max(2 * bytes.length, at + count))
  larger.set(bytes.subarray(0, at))
  bytes = larger
}

interface Key {
  readonly name: string
  /** As it stands in JSON, with its colon. */
  readonly quoted: Uint8Array
}

interface Shape {
  readonly names: readonly string[]
  readonly keys: readonly Key[]
}

/** Orders found before, by the first name: records have few shapes, and sorting is half the work. */
const shapes = new Map<string, Shape[]>()
const FIRST_NAMES_MAX = 200
const SHAPES_MAX = 8

function inOrder(names: readonly string[]): readonly Key[] {
  const first = names[0]
  if (first === undefined) return []
  const known = shapes.get(first)
  for (const shape of known ?? []) if (isSame(shape.names, names)) return shape.keys
  const keys = names.toSorted().map(keyOf)
  if (known === undefined && shapes.size < FIRST_NAMES_MAX) shapes.set(first, [{ names, keys }])
  else if (known !== undefined && known.length < SHAPES_MAX) known.push({ names, keys })
  return keys
}

/** Keys written before: where the order is new, the names seldom are. */
const keysByName = new Map<string, Key>()
const NAMES_MAX = 1000

function keyOf(name: string): Key {
  const known = keysByName.get(name)
  if (known !== undefined) return known
  const key = { name, quoted: encoder.encode(`${JSON.stringify(name)}:`) }
  if (keysByName.size < NAMES_MAX) keysByName.set(name, key)
  return key
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  if (one.length !== other.length) return false
  for (let index = 0; index < one.length; index += 1) {
    if (one[index] !== other[index]) return false
  }
  return true
}
