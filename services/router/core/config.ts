/** What the core of one partition is told once: who it is, its limits, and the functions it uses. */
import type { Lane } from '../../../schemas/records.ts'
import type { Privacy } from '../../domain/privacy.ts'
import type { Policy } from '../../policy/policy.ts'

/** Which lane this router is (design §4, Lanes). */
export interface LaneConfig {
  readonly name: Lane
  /**
   * `at-once`: publishes as soon as the route is certain. `at-backup-margin`: publishes, whatever the
   * trigger, only from decideBy − backupMs on.
   */
  readonly publishes: 'at-once' | 'at-backup-margin'
  /**
   * A request that was read past its decideBy is left alone for so long after it was read, for the other
   * lane to decide it. One that was read in time is not: the other lane has had its chance.
   */
  readonly overdueDelayMs: number
}

export const PRIMARY_LANE: LaneConfig = {
  name: 'PRIMARY',
  publishes: 'at-once',
  overdueDelayMs: 0,
}

interface CoreLimits {
  /** Requests in time and undecided; beyond it the oldest is decided (CAPACITY). */
  readonly openMax: number
  /** Lookups kept whose arrival was not read yet; beyond it the oldest is dropped. */
  readonly earlyMax: number
  /** Of each topic's records that can't be done with yet so many bytes are kept; beyond it reading pauses. */
  readonly heldBytesMax: number
  /** How far two brokers' clocks may differ, milliseconds. */
  readonly maxClockSkewMs: number
}

export interface CoreConfig extends CoreLimits {
  readonly partition: number
  readonly lane: LaneConfig
  readonly routerId: string
  readonly coreVersion: string
  /** The policy that governs an arrival appended at a broker time. */
  readonly policyAt: (appendedAt: number) => Policy
  readonly privacy: Privacy
  readonly hash: (what: string | Uint8Array) => string
}
