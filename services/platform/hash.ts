/** The hash that makes ids: what a core is given as `hash`. */
import { hash as digest } from 'node:crypto'

/** First 32 hexadecimal characters of the SHA-256 of bytes, or of a text in UTF-8. */
export function hash(what: string | Uint8Array): string {
  return digest('sha256', what, 'hex').slice(0, 32)
}
