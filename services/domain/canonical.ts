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
  for (const name of Object.keys(parts).toSorted()) {
    const part = parts[name]
    if (part === undefined) continue
    text += `${text === '' ? '' : ','}${JSON.stringify(name)}:${canonical(part)}`
  }
  return `{${text}}`
}
