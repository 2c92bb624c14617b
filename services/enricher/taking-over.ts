/** Takes over the partitions of an assignment: finds where to begin, and begins there. */
import type { Logger } from 'pino'
import type { BrokerClock } from '../platform/broker-clock.ts'
import type { Clock, GroupConsumer, LogClient } from '../platform/ports.ts'
import { persist } from '../platform/timing.ts'
import type { Needed } from './needed.ts'
import { createPartition, type PartitionState } from './partition.ts'
import { startsOf } from './recovery.ts'
import type { EnricherSettings } from './settings.ts'

export interface TakingOver {
  readonly client: LogClient
  readonly group: GroupConsumer
  readonly clock: Clock
  readonly logger: Logger
  readonly brokerClock: BrokerClock
  readonly settings: EnricherSettings
  readonly partitions: Map<number, PartitionState>
  /** Whether arrivals are not to be read now. */
  readonly paused: () => boolean
  readonly stopping: () => boolean
}

/**
 * Begins partitions not begun yet, trying until the brokers answer. `current` says whether the
 * assignment still holds; once it does not, nothing is sought any more. True when all are begun.
 */
export async function takeOver(
  means: TakingOver,
  needed: Needed,
  unread: readonly number[],
  current: () => boolean,
): Promise<boolean> {
  const { client, group, clock, logger, brokerClock, settings, partitions } = means
  if (!(await brokerClock.fresh(current))) return false
  const needs = needed.facts().length > 0
  const starts = await persist(
    clock,
    current,
    () => startsOf(client, group, needs, unread, brokerClock.now(), settings.maxClockSkewMs),
    (error) => logger.warn({ err: error }, 'positions are not known yet, trying again'),
  )
  if (starts === null) return false
  for (const { partition, lookupsEnd, seeks } of starts) {
    const state = createPartition(partition, () => needed.keptMs())
    partitions.set(partition, state)
    for (const { topic, offset } of seeks) {
      if (topic === 'call.lookup') state.readsLookups(offset, lookupsEnd)
      group.seek(topic, partition, offset)
      if (topic !== 'call.arrived' || !means.paused()) group.resume(topic, [partition])
    }
  }
  // A policy that needs something came meanwhile.
  if (!needs && needed.facts().length > 0) void readNeeds(means, brokerClock.now(), unread)
  return true
}

/**
 * Begins to read call.lookup, where nothing was needed before: lookups of calls appended since then need
 * what stands there. `which` partitions; absent: all that are held.
 */
export async function readNeeds(
  { client, group, clock, logger, brokerClock, settings, partitions, stopping }: TakingOver,
  since: number,
  which: readonly number[] = [...partitions.keys()],
): Promise<void> {
  const held = which.map((partition) => partitions.get(partition))
  const wanted = () => !stopping()
  if (!(await brokerClock.fresh(wanted))) return
  const from = Math.min(since, brokerClock.now()) - settings.maxClockSkewMs
  const places = await persist(
    clock,
    wanted,
    () => Promise.all([client.offsets.at('call.lookup', from), client.offsets.ends('call.lookup')]),
    (error) => logger.warn({ err: error }, 'call.lookup can not be read yet, trying again'),
  )
  for (const state of held) {
    // Those that changed hands meanwhile are begun by whoever took them over.
    if (state === undefined || partitions.get(state.partition) !== state) continue
    const [offset, end] = (places ?? []).map((offsets) => offsets[state.partition])
    if (offset === undefined || end === undefined) continue
    state.readsLookups(offset, end)
    group.seek('call.lookup', state.partition, offset)
    group.resume('call.lookup', [state.partition])
  }
}
