/**
 * What lookups need of another dependency (design §5): the first settled record of a request counts,
 * later ones do not as long as it is kept. Records may come before the arrival they belong to, so that is as
 * long as a call may be open.
 */
import type { FactValue } from '../../schemas/records.ts'
import { createLastingMap } from '../domain/lasting-map.ts'
import { type RequestId, requestKey } from '../domain/request.ts'
import type { DependencyPolicy } from '../policy/policy.ts'

/** Names what one request needs: policies that govern different calls may need different facts. */
export function needKey(request: RequestId, { dependency, fact }: Need): string {
  return `${dependency}.${fact} ${requestKey(request)}`
}

export type Need = NonNullable<DependencyPolicy['needs']>

/** What became of a need. */
interface NeedMet {
  /** Null: the dependency settled without that fact. */
  readonly value: FactValue
  /** Append time of the record that told, or broker time when a neighbour did. */
  readonly settledAt: number
}

export interface Needs {
  /** Only the first of a request is kept; gives what now stands. */
  settle(needKey: string, met: NeedMet): void
  /** Calls back at once or when the need is settled. Returns how to stop waiting. */
  await(needKey: string, met: (met: NeedMet) => void): () => void
}

/** More of a partition are not kept, however long a call may take. */
const SETTLED_MAX = 4000

/** Keeps what settled for `keptMs`. */
export function createNeeds(keptMs: () => number): Needs {
  const settled = createLastingMap<string, NeedMet>()
  const waiting = createLastingMap<string, Set<(met: NeedMet) => void>>()
  const forget = (before: number): void => {
    for (const [key, { settledAt }] of settled) {
      if (settledAt >= before && settled.size <= SETTLED_MAX) return
      settled.delete(key)
    }
  }

  return {
    settle(key, met) {
      if (settled.has(key)) return
      settled.set(key, met)
      forget(met.settledAt - keptMs())
      const waiters = waiting.get(key)
      waiting.delete(key)
      for (const waiter of waiters ?? []) waiter(met)
    },
    await(key, met) {
      const known = settled.get(key)
      if (known !== undefined) {
        met(known)
        return () => {}
      }
      const waiters = waiting.get(key) ?? new Set()
      waiting.set(key, waiters)
      waiters.add(met)
      return () => {
        waiters.delete(met)
        if (waiters.size === 0 && waiting.get(key) === waiters) waiting.delete(key)
      }
    },
  }
}
