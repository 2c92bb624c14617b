/** One text for one value: JSON with keys in order, so that equal values have equal hashes. */

/** Canonical JSON of a value made of plain objects, arrays, strings, numbers, booleans and null. */
export function canonical(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null'
  let text = ''
  // Grown by hand: every record of the audit passes here, and lists of parts cost three times as much.
  if (Array.isArray(value)) {
    for (const part of value) text += text === '' ? canonical(part) : `,${canonical(part)}`
    return `[${text}]`
  }
  const parts = value as { readonly [name: string]: unknown }
  for (const { name, quoted } of inOrder(Object.keys(parts))) {
    const part = parts[name]
    if (part === undefined) continue
    text += `${text === '' ? '' : ','}${quoted}${canonical(part)}`
  }
  return `{${text}}`
}

interface Key {
  readonly name: string
  /** As it stands in JSON, with its colon. */
  readonly quoted: string
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
  const keys = names.toSorted().map((name) => ({ name, quoted: `${JSON.stringify(name)}:` }))
  if (known === undefined && shapes.size < FIRST_NAMES_MAX) shapes.set(first, [{ names, keys }])
  else if (known !== undefined && known.length < SHAPES_MAX) known.push({ names, keys })
  return keys
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  if (one.length !== other.length) return false
  for (let index = 0; index < one.length; index += 1) {
    if (one[index] !== other[index]) return false
  }
  return true
}
