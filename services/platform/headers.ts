/** Headers of records, of which a name may stand for several values. */
import type { Headers } from './ports.ts'

/** The first value of a header; null when there is none. */
export function firstHeader(headers: Headers, name: string): Uint8Array | null {
  const value = headers[name]
  if (value === undefined) return null
  return value instanceof Uint8Array ? value : (value[0] ?? null)
}
