/**
 * What lookups need of another dependency (design §5): the first settled record of a request counts,
 * later ones never. Records may come before the arrival they belong to, so they are kept for a while.
 */
import type { FactValue } from '../../schemas/records.ts'

/** What became of a need. */
interface NeedMet {
  /** Null: the dependency settled without that fact. */
  readonly value: FactValue
  /** Append time of the record that told. */
  readonly settledAt: number
}

export interface Needs {
  /** Only the first of a request is kept; gives what now stands. */
  settle(requestKey: string, met: NeedMet): void
  /** Calls back at once or when the need is settled. Returns how to stop waiting. */
  await(requestKey: string, met: (met: NeedMet) => void): () => void
}

/** Keeps at most `entriesMax` settled needs, the newest. */
export function createNeeds(entriesMax: number): Needs {
  const settled = new Map<string, NeedMet>()
  const waiting = new Map<string, Set<(met: NeedMet) => void>>()

  return {
    settle(requestKey, met) {
      if (settled.has(requestKey)) return
      settled.set(requestKey, met)
      if (settled.size > entriesMax) {
        const [oldest] = settled.keys()
        if (oldest !== undefined) settled.delete(oldest)
      }
      const waiters = waiting.get(requestKey)
      waiting.delete(requestKey)
      for (const waiter of waiters ?? []) waiter(met)
    },
    await(requestKey, met) {
      const known = settled.get(requestKey)
      if (known !== undefined) {
        met(known)
        return () => {}
      }
      const waiters = waiting.get(requestKey) ?? new Set()
      waiting.set(requestKey, waiters)
      waiters.add(met)
      return () => {
        waiters.delete(met)
        if (waiters.size === 0 && waiting.get(requestKey) === waiters) waiting.delete(requestKey)
      }
    },
  }
}
