/** Takes over the partitions of an assignment: finds where to begin, and begins there. */
import type { Assignment, GroupConsumer } from '../platform/ports.ts'
import type { ClockProbe } from './clock-probe.ts'
import type { Commits } from './commits.ts'
import type { CoreConfig } from './core/config.ts'
import { watermarkMetadata } from './core/watermark.ts'
import { type PartitionPorts, type PartitionRouter, routePartition } from './partition-router.ts'
import { wait } from './publisher.ts'
import { type Start, startsOf } from './recovery.ts'
import type { RouterOptions } from './router.ts'

export const ROUTER_TOPICS = ['call.arrived', 'call.lookup', 'call.routed'] as const

const RETRY_EVERY_MS = 250
/** A partition may always have so many requests open, however many partitions there are. */
const OPEN_MIN = 100
const EARLY_PER_REQUEST = 4

export interface TakingOver {
  readonly options: RouterOptions
  readonly group: GroupConsumer
  readonly partitions: Map<number, PartitionRouter>
  readonly commits: Commits
  readonly probe: ClockProbe
  readonly ports: PartitionPorts
  /** Broker time. */
  readonly now: () => number
}

/**
 * Begins the partitions not begun yet, trying until the brokers answer. `current` says whether the
 * assignment still holds; once it does not, nothing is sought any more. True when all are begun.
 */
export async function takeOverAll(
  { options, group, partitions, commits, probe, ports, now }: TakingOver,
  assignment: Assignment,
  unread: readonly number[],
  current: () => boolean,
): Promise<boolean> {
  const { client, clock, logger, settings } = options
  const begin = (start: Start): void => {
    const { partition, seek, end } = start
    const config = coreConfig(options, partition, assignment.partitions.length)
    const router = routePartition(start, config, ports)
    partitions.set(partition, router)
    if (!start.committed) {
      commits.owe(partition, seek.arrived, watermarkMetadata(start.openSince))
    }
    router.gate(end.lookup, end.routed)
    group.seek('call.arrived', partition, seek.arrived)
    group.seek('call.lookup', partition, seek.lookup)
    group.seek('call.routed', partition, seek.routed)
    for (const topic of ROUTER_TOPICS) group.resume(topic, [partition])
  }
  while (current()) {
    try {
      if (!(await probe.fresh(current))) return false
      const starts = await startsOf(client, group, unread, now(), settings.maxClockSkewMs)
      if (!current()) return false
      starts.forEach(begin)
      return true
    } catch (error) {
      logger.warn({ err: error }, 'positions are not known yet, trying again')
      await wait(clock, RETRY_EVERY_MS)
    }
  }
  return false
}

function coreConfig(options: RouterOptions, partition: number, held: number): CoreConfig {
  const { settings, policyAt, privacy, hash } = options
  const openMax = Math.max(OPEN_MIN, Math.floor(settings.openMax / Math.max(1, held)))
  return {
    partition,
    lane: settings.lane,
    routerId: settings.instanceId,
    coreVersion: settings.coreVersion,
    policyAt,
    privacy,
    hash,
    trustSwitchTime: settings.trustSwitchTime,
    openMax,
    earlyMax: openMax * EARLY_PER_REQUEST,
    maxClockSkewMs: settings.maxClockSkewMs,
  }
}
