/**
 * How long after its append a record is read: what the margins have to cover (design §3). A decision must
 * be seen by the other lane between publishMargin and backupMargin, or both publish.
 */
import type { Margins, Policy } from '../policy/policy.ts'

export interface SeenWatch {
  add(delayMs: number): void
  /** The time within which 999 of 1000 were seen since the last call; null after too few of them. */
  take(): number | null
}

const LONGEST_MS = 10_000
/** With fewer the last thousandth is one record, and says nothing. */
const FEWEST = 1000

export function createSeenWatch(): SeenWatch {
  /** How many took so many whole milliseconds. */
  const counts = new Uint32Array(LONGEST_MS + 1)
  let total = 0
  return {
    add(delayMs) {
      const at = Math.min(LONGEST_MS, Math.max(0, Math.ceil(delayMs)))
      counts[at] = (counts[at] ?? 0) + 1
      total += 1
    },
    take() {
      const wanted = total * 0.999
      let seen = 0
      const p999 = counts.findIndex((count) => (seen += count) >= wanted)
      const enough = total >= FEWEST
      counts.fill(0)
      total = 0
      return enough ? p999 : null
    },
  }
}

/** What there is between the moment the primary decides at last and that from which a backup publishes. */
export const seenWithinMs = ({ publishMs, backupMs }: Margins): number => publishMs - backupMs

/** When what happens to a call at the latest, for the log at start. */
export function timetable({ windowMs, margins }: Pick<Policy, 'windowMs' | 'margins'>): string {
  const { enricherMs, publishMs, backupMs } = margins
  return [
    `lookups end by ${windowMs - enricherMs} ms`,
    `the primary lane decides by ${windowMs - publishMs} ms`,
    `a backup lane from ${windowMs - backupMs} ms on`,
    `the decision is due at ${windowMs} ms`,
  ].join(', ')
}
