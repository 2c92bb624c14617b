/** Taking up partitions: after an assignment, and anew where one could not be audited. */
import type { Logger } from 'pino'
import type { Assignment, Clock, GroupConsumer, LogClient } from '../platform/ports.ts'
import { persist } from '../platform/timing.ts'
import { AUDITED_TOPICS } from './core/memory.ts'
import { auditPartition, type PartitionAudit, type PartitionPorts } from './partition-audit.ts'
import { startsOf } from './recovery.ts'

export interface TakingUp {
  assigned(assignment: Assignment): void
  /**
   * What could not be audited may not be passed over, and may not end the router that runs beside: the
   * partition is read again from its last commit.
   */
  again(partition: number, error: unknown): void
  /** True once every assigned partition is being read. */
  done(): boolean
}

const AGAIN_AFTER_MS = 1000

interface Held {
  readonly audits: Map<number, PartitionAudit>
  /** Drops whatever else is kept of partitions. */
  readonly forget: (partitions: readonly number[]) => void
}

export function createTakingUp(
  options: { readonly client: LogClient; readonly clock: Clock; readonly logger: Logger },
  group: GroupConsumer,
  { audits, forget }: Held,
  ports: PartitionPorts,
  stopping: () => boolean,
): TakingUp {
  const { client, clock, logger } = options
  let epoch: number | null = null
  const missing = new Set<number>()

  const takeUp = async (partitions: readonly number[]): Promise<void> => {
    const own = epoch
    const starts = await persist(
      clock,
      () => !stopping() && epoch === own,
      () => startsOf(client, group, partitions),
      (error) => logger.warn({ err: error }, 'auditor: positions not known yet, trying again'),
    )
    for (const start of starts ?? []) {
      missing.delete(start.partition)
      const { partition } = start
      const audit: PartitionAudit = auditPartition(start, ports, {
        held: () => audits.get(partition) === audit,
        failed: (error) => {
          if (audits.get(partition) === audit) again(partition, error)
        },
      })
      audits.set(partition, audit)
      for (const topic of AUDITED_TOPICS) {
        group.seek(topic, start.partition, start.seek[topic])
        group.resume(topic, [start.partition])
      }
    }
  }
  const drop = (partitions: readonly number[]): void => {
    for (const partition of partitions) audits.delete(partition)
    forget(partitions)
  }
  const again = (partition: number, error: unknown): void => {
    logger.error({ err: error, partition }, 'auditor: not audited, reading again from the commit')
    drop([partition])
    missing.add(partition)
    const own = epoch
    clock.after(AGAIN_AFTER_MS, () => {
      if (epoch === own) void takeUp([partition])
    })
  }
  return {
    assigned(assignment) {
      drop([...assignment.lost, ...assignment.gained])
      epoch = assignment.epoch
      // Partitions gained by an assignment that another one overtook are gained no more, yet unread.
      missing.clear()
      for (const partition of assignment.partitions) {
        if (!audits.has(partition)) missing.add(partition)
      }
      if (missing.size > 0) void takeUp([...missing])
    },
    again,
    done: () => epoch !== null && missing.size === 0,
  }
}
