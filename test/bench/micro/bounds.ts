/** What pieces may cost at most before something went wrong: generous, and of no machine. */
import type { Figures } from './measure.ts'

interface Bound {
  /** Of the reference's time. */
  readonly times: number
  readonly bytes: number
}

/** Four times the time and twice the memory that was seen when they were set; by names of pieces. */
export const BOUNDS: Readonly<Record<string, Bound>> = {
  'core: decide': { times: 2.7, bytes: 49_800 },
  'policy: evaluate': { times: 0.4, bytes: 15_200 },
  'encode call.arrived': { times: 0.05, bytes: 600 },
  'decode call.arrived': { times: 0.06, bytes: 1100 },
  'encode call.lookup': { times: 0.07, bytes: 700 },
  'decode call.lookup': { times: 0.08, bytes: 1100 },
  'encode call.routed': { times: 0.77, bytes: 1900 },
  'decode call.routed': { times: 0.7, bytes: 8400 },
  'encode audit.decision': { times: 0.71, bytes: 1600 },
  'decode audit.decision': { times: 0.57, bytes: 8100 },
  'encode audit.fallback': { times: 0.2, bytes: 700 },
  'decode audit.fallback': { times: 0.11, bytes: 2200 },
  'core: audit': { times: 2.84, bytes: 74_500 },
  'micro-batcher': { times: 0.05, bytes: 1200 },
  'read a batch': { times: 0.02, bytes: 1100 },
  'write a request': { times: 0.27, bytes: 7100 },
  'enricher: crm': { times: 2.4, bytes: 51_000 },
  'enricher: billing': { times: 4, bytes: 67_000 },
  'router + auditor': { times: 23.68, bytes: 333_100 },
}

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
