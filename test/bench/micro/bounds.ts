/** What pieces may cost at most before something went wrong: generous, and of no machine. */
import type { Figures } from './measure.ts'

interface Bound {
  /** Of the reference's time. */
  readonly times: number
  readonly bytes: number
}

/** Some three times what was seen when they were set. */
const BOUNDS: Readonly<Record<string, Bound>> = {}

/** A line for each bound that figures break; pieces without a bound break none. */
export function exceeded(
  figures: Pick<Figures, 'name' | 'bytes'> & { readonly times: number },
): readonly string[] {
  const { name, times, bytes } = figures
  const bound = BOUNDS[name]
  if (bound === undefined) return []
  const lines: string[] = []
  if (times > bound.times) {
    lines.push(`${name} takes ${times.toFixed(2)} times the reference, at most ${bound.times}`)
  }
  if (bytes > bound.bytes) {
    lines.push(`${name} allocates ${Math.round(bytes)} bytes, at most ${bound.bytes}`)
  }
  return lines
}
