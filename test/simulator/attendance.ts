/**
 * Which partitions were served when, seen from the brokers: the ground truth from which outages are
 * computed. A partition of a group is served while nobody is asked to join again and the member that
 * holds it runs.
 */
import type { Outage } from '../../services/audit/verify/evidence.ts'
import type { MemoryBroker } from '../../services/platform/memory/broker.ts'

export interface Attendance {
  /** Looks now; to be called regularly. */
  look(): void
  /** Stretches in which a partition was not served, each longer by the time a successor needs. */
  outages(partition: number): readonly Outage[]
  /** Stretches in which the group shared its partitions out anew: whoever had one does not read. */
  rebalances(): readonly Outage[]
  /**
   * Who took a partition over, or kept it through a long rebalance, and when that was seen: at most a
   * look after it was given.
   */
  takeovers(partition: number): readonly Takeover[]
}

export interface Takeover {
  readonly memberId: string
  readonly atMs: number
}

/** How long a member may need after an assignment until it decides in time again. */
export const SETTLE_MS = 1500
/** Everyone has heard of a rebalance that lasts so long, and has read nothing for more than a second. */
const LONG_REBALANCE_MS = 2000

/**
 * `runs` says whether the process of a group's member runs.
 */
export function attendance(
  broker: MemoryBroker,
  groupId: string,
  partitions: number,
  runs: (memberId: string) => boolean,
): Attendance {
  const group = broker.group(groupId)
  const closed: Outage[][] = Array.from({ length: partitions }, () => [])
  /** Nobody has served anything before the first look. */
  const openSince: (number | null)[] = Array.from({ length: partitions }, () => 0)
  const owners: (string | null)[] = Array.from({ length: partitions }, () => null)
  const rebalances: Outage[] = []
  const takeovers: Takeover[][] = Array.from({ length: partitions }, () => [])
  let gatheringSince: number | null = null
  let lastLookMs = 0

  return {
    look() {
      const now = broker.time.nowMs()
      const gathering = group.owner(0) === null
      if (gathering) gatheringSince ??= lastLookMs
      const long = !gathering && gatheringSince !== null && now - gatheringSince > LONG_REBALANCE_MS
      if (!gathering && gatheringSince !== null) {
        rebalances.push({ fromMs: gatheringSince, toMs: now + SETTLE_MS })
        gatheringSince = null
      }
      for (let partition = 0; partition < partitions; partition += 1) {
        const owner = group.owner(partition)
        const served = owner !== null && runs(owner)
        const since = openSince[partition] ?? null
        const changed = owner !== owners[partition]
        if (served && (changed || long)) takeovers[partition]?.push({ memberId: owner, atMs: now })
        if (served && since !== null) {
          closed[partition]?.push({ fromMs: since, toMs: now + SETTLE_MS })
          openSince[partition] = null
        } else if (served && changed) {
          closed[partition]?.push({ fromMs: lastLookMs, toMs: now + SETTLE_MS })
        } else if (!served && since === null) {
          openSince[partition] = lastLookMs
        }
        if (served) owners[partition] = owner
      }
      lastLookMs = now
    },
    takeovers: (partition) => takeovers[partition] ?? [],
    rebalances: () =>
      gatheringSince === null
        ? rebalances
        : [...rebalances, { fromMs: gatheringSince, toMs: Infinity }],
    outages(partition) {
      const since = openSince[partition] ?? null
      const open = since === null ? [] : [{ fromMs: since, toMs: Infinity }]
      return [...(closed[partition] ?? []), ...open]
    },
  }
}
