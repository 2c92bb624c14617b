/** Bytes compared with texts without a text being made of them. */

const ASCII_END = 0x80

/**
 * True when the `length` bytes from `from` on are that text, all of it ASCII. False says nothing of texts
 * with other characters.
 */
export function isAsciiAt(bytes: Uint8Array, from: number, length: number, text: string): boolean {
  if (text.length !== length) return false
  for (let index = 0; index < length; index += 1) {
    const byte = bytes[from + index] ?? ASCII_END
    if (byte >= ASCII_END || text.charCodeAt(index) !== byte) return false
  }
  return true
}

/** The same of all bytes. */
export const isAscii = (bytes: Uint8Array, text: string): boolean =>
  isAsciiAt(bytes, 0, bytes.length, text)
