/** Takes over the partitions of an assignment: finds where to begin, and begins there. */
import type { Assignment, GroupConsumer } from '../platform/ports.ts'
import type { BrokerClock } from '../platform/broker-clock.ts'
import type { Commits } from '../platform/commits.ts'
import { persist } from '../platform/timing.ts'
import type { CoreConfig } from './core/config.ts'
import { type PartitionPorts, type PartitionRouter, routePartition } from './partition-router.ts'
import { type Start, startsOf } from './recovery.ts'
import type { RouterOptions } from './router.ts'

export const ROUTER_TOPICS = ['call.arrived', 'call.lookup', 'call.routed'] as const

/** A partition may always have so many requests open, however many share the limit, or all there may be. */
const OPEN_MIN = 100
const EARLY_PER_REQUEST = 4
/** What may be kept of records that wait for the registry: by a partition in any case, by all together. */
const HELD_BYTES_MIN = 2 * 1024 * 1024
const HELD_BYTES = 128 * 1024 * 1024

export interface TakingOver {
  readonly options: RouterOptions
  readonly group: GroupConsumer
  readonly partitions: Map<number, PartitionRouter>
  readonly commits: Commits
  readonly brokerClock: BrokerClock
  readonly ports: PartitionPorts
}

/**
 * Begins the partitions not begun yet, trying until the brokers answer. `current` says whether the
 * assignment still holds; once it does not, nothing is sought any more. True when all are begun.
 */
export async function takeOverAll(
  { options, group, partitions, commits, brokerClock, ports }: TakingOver,
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
      const { openSince: openSinceMs } = start
      commits.owe({ topic: 'call.arrived', partition, offset: seek.arrived, openSinceMs })
    }
    router.gate(end.lookup, end.routed)
    group.seek('call.arrived', partition, seek.arrived)
    group.seek('call.lookup', partition, seek.lookup)
    group.seek('call.routed', partition, seek.routed)
    for (const topic of ROUTER_TOPICS) group.resume(topic, [partition])
  }
  if (!(await brokerClock.fresh(current))) return false
  const starts = await persist(
    clock,
    current,
    () => startsOf(client, group, unread, brokerClock.now(), settings.maxClockSkewMs),
    (error) => logger.warn({ err: error }, 'positions are not known yet, trying again'),
  )
  starts?.forEach(begin)
  return starts !== null
}

function coreConfig(options: RouterOptions, partition: number, held: number): CoreConfig {
  const { settings, policyAt, privacy, hash } = options
  const share = Math.floor(settings.openMax / Math.max(1, held))
  const openMax = Math.max(Math.min(OPEN_MIN, settings.openMax), share)
  return {
    partition,
    lane: settings.lane,
    routerId: settings.instanceId,
    coreVersion: settings.coreVersion,
    policyAt,
    privacy,
    hash,
    openMax,
    earlyMax: openMax * EARLY_PER_REQUEST,
    heldBytesMax: Math.max(HELD_BYTES_MIN, Math.floor(HELD_BYTES / Math.max(1, held))),
    maxClockSkewMs: settings.maxClockSkewMs,
  }
}
