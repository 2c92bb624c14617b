/** What a deployment may set of a router, and what the shell goes by. */
import type { Lane } from '../../schemas/records.ts'
import { ARRIVAL_BYTES_MAX } from '../domain/limits.ts'
import { type LaneConfig, PRIMARY_LANE } from './core/config.ts'

export interface RouterSettings {
  /** Without the environment's prefix. */
  readonly groupId: string
  readonly lane: LaneConfig
  /** This process, in records and dead letters. */
  readonly instanceId: string
  /** Version of the deciding code. */
  readonly coreVersion: string
  /** Partition count of the call topics. */
  readonly partitions: number
  readonly maxClockSkewMs: number
  /** For all partitions of this process together. */
  readonly openMax: number
  /** A decision larger than this is reduced; an arrival larger than this is not decoded. */
  readonly recordBytesMax: number
}

export const ROUTER_DEFAULTS = {
  groupId: 'router',
  lane: PRIMARY_LANE,
  coreVersion: '2',
  maxClockSkewMs: 50,
  openMax: 50_000,
  recordBytesMax: ARRIVAL_BYTES_MAX,
} as const satisfies Partial<RouterSettings>

/** An overdue call waits so long for a primary before a backup decides it. */
const BACKUP_OVERDUE_DELAY_MS = 5000

const BACKUP_LANE: LaneConfig = {
  name: 'BACKUP',
  publishes: 'at-backup-margin',
  overdueDelayMs: BACKUP_OVERDUE_DELAY_MS,
}

/** How a lane decides, and its consumer group: each lane follows everything. */
export function laneSettings(lane: Lane): Pick<RouterSettings, 'lane' | 'groupId'> {
  return lane === 'PRIMARY'
    ? { lane: PRIMARY_LANE, groupId: 'router' }
    : { lane: BACKUP_LANE, groupId: 'router-backup' }
}
