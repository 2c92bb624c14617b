/** Dead letters as a list for a terminal. Pure. */
import { wrapped } from '../audit/wrap.ts'
import type { Letter } from './letter.ts'

/** A letter's name, whole, for it is what `show` and `redrive` are given; below it why it was set aside. */
export function letterLines(
  { name, storedAt, code, message, service }: Omit<Letter, 'value' | 'headers'>,
  columns: number,
): readonly string[] {
  const head = `${name}  ${new Date(storedAt).toISOString()}  ${code}`
  return [head, ...wrapped(`${message} (${service})`, columns, '    ')]
}
