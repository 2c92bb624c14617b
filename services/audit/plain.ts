/** Text of records for a terminal. Pure. */

/**
 * The text with every control character but line feeds and tabs as a dot: what a switch put into a call
 * id must not move the cursor, or hide a line.
 */
export function plain(text: string): string {
  return text.replaceAll(/[^\P{Cc}\n\t]/gu, '·')
}
