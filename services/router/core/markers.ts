/**
 * Which requests are decided, for the horizon H of append time, and lookups that came before their
 * arrival was read. Both are counted off by how far the arrivals were read: what lies H before the
 * arrival read last can't concern an arrival still to come.
 */
import type { LookupSettled } from '../../../schemas/records.ts'
import { FORGET_EVERY_MS, HORIZON_MS } from '../../domain/horizon.ts'
import { createLastingMap } from '../../domain/lasting-map.ts'
import { createRoll } from '../../domain/roll.ts'

export interface Markers {
  /** A decision of this request was appended then. */
  add(key: string, appendedAt: number): void
  has(key: string): boolean
  /** Arrivals were read up to this append time; what it makes needless goes within a second. */
  expire(arrivedUpTo: number): void
  readonly size: number
}

export function createMarkers(): Markers {
  const appended = createRoll()
  let lookAgainAt = -Infinity
  return {
    // The first record is the decision: repeats do not prolong its marker.
    add: (key, appendedAt) => appended.add(key, appendedAt),
    has: (key) => appended.has(key),
    expire(arrivedUpTo) {
      if (arrivedUpTo < lookAgainAt) return
      lookAgainAt = arrivedUpTo + FORGET_EVERY_MS
      appended.forget(arrivedUpTo - HORIZON_MS)
    },
    get size() {
      return appended.size
    },
  }
}

interface EarlyLookup {
  readonly lookup: LookupSettled
  readonly offset: number
  readonly appendedAt: number
}

export interface EarlyLookups {
  /** Keeps a lookup; gives the number dropped to make room. `now` is broker time. */
  add(key: string, lookup: EarlyLookup, now: number): number
  /** What came for a request whose arrival is read now. */
  take(key: string): readonly EarlyLookup[]
  /** Drops what can't belong to an arrival still to come; gives the number dropped. */
  expire(arrivedUpTo: number, now: number): number
  readonly size: number
}

/** An early lookup whose arrival was not read for so long belongs to none. */
const EARLY_MS_MAX = 30_000

interface Kept {
  readonly lookups: EarlyLookup[]
  readonly readAt: number
}

export function createEarlyLookups(max: number, maxClockSkewMs: number): EarlyLookups {
  const byKey = createLastingMap<string, Kept>()
  let size = 0

  const drop = (key: string, kept: Kept): number => {
    byKey.delete(key)
    size -= kept.lookups.length
    return kept.lookups.length
  }
  return {
    add(key, lookup, now) {
      const kept = byKey.get(key)
      if (kept === undefined) byKey.set(key, { lookups: [lookup], readAt: now })
      else kept.lookups.push(lookup)
      size += 1
      if (size <= max) return 0
      let dropped = 0
      for (const [oldest, its] of byKey) {
        if (size <= max) break
        dropped += drop(oldest, its)
      }
      return dropped
    },
    take(key) {
      const kept = byKey.get(key)
      if (kept === undefined) return []
      drop(key, kept)
      return kept.lookups
    },
    expire(arrivedUpTo, now) {
      let dropped = 0
      for (const [key, kept] of byKey) {
        const appendedAt = kept.lookups[0]?.appendedAt ?? 0
        // An arrival is appended before its lookups, give or take the brokers' skew.
        const passed = appendedAt + maxClockSkewMs < arrivedUpTo
        if (!passed && now - kept.readAt < EARLY_MS_MAX) break
        dropped += drop(key, kept)
      }
      return dropped
    },
    get size() {
      return size
    },
  }
}
