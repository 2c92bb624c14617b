/**
 * How much of the cores the machine's host gave to others while something here wanted to run: what a
 * virtual machine measures then is its host.
 */
import { readCoreTimes, sharesBetween } from '../../../services/platform/cores.ts'

/** Begins to watch; the share of the cores' time since then, 0 to 1, or null where nobody tells. */
export function watchStolen(): () => number | null {
  const before = readCoreTimes()
  return () => {
    const after = readCoreTimes()
    const shares = before === null || after === null ? null : sharesBetween(before, after)
    return shares === null ? null : Math.round(shares.stolen * 1000) / 1000
  }
}
