/** Phases in which the machine's host took cores away are measured again, whatever came of them. Pure. */
import type { Measured } from '../results.ts'

/** More of the cores withheld than this, and a phase told of the host. */
export const WITHHELD_MAX = 0.02
export const TRIES_MAX = 3
/** Longer phases are told as they are. */
export const AGAIN_MS_MAX = 60_000

/** The first measurement that the host left alone, or of a few the one that it disturbed least. */
export async function undisturbed(
  durationMs: number,
  measure: () => Promise<Measured>,
): Promise<Measured> {
  const triesMax = durationMs <= AGAIN_MS_MAX ? TRIES_MAX : 1
  let best = await measure()
  for (let tries = 2; tries <= triesMax && withheldOf(best) > WITHHELD_MAX; tries += 1) {
    const next = await measure()
    best = { ...(withheldOf(next) < withheldOf(best) ? next : best), tries }
  }
  return best
}

const withheldOf = ({ withheld }: Measured): number => withheld ?? 0
