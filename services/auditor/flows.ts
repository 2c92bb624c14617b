/** Pauses and resumes what each partition's audit wants to be read, and asks how far there is to read. */
import type { Logger } from 'pino'
import type { GroupConsumer, LogClient } from '../platform/ports.ts'
import { AUDITED_TOPICS } from './core/memory.ts'
import type { PartitionAudit } from './partition-audit.ts'

export interface Flows {
  check(partition: number): void
  /** Asks the ends where a topic is quiet or behind, and checks all partitions. */
  tick(): void
  /** The partitions changed hands: they are resumed by whoever takes them over. */
  forget(changed: readonly number[]): void
}

/** Reading pauses for a partition with more records that wait for their turn. */
const WAITING_MAX = 2000

/** `waiting`: how many records of a partition were read and not looked at yet. */
export function keepFlows(
  { client, logger }: { readonly client: Pick<LogClient, 'offsets'>; readonly logger: Logger },
  group: GroupConsumer,
  audits: ReadonlyMap<number, PartitionAudit>,
  waiting: (partition: number) => number,
): Flows {
  const paused = AUDITED_TOPICS.map((topic) => ({ topic, its: new Set<number>() }))
  let asking = false

  const check = (partition: number): void => {
    const reads = audits.get(partition)?.reads()
    if (reads === undefined) return
    const full = waiting(partition) > WAITING_MAX
    for (const { topic, its } of paused) {
      const goesOn = reads[topic] && !full
      if (goesOn !== its.has(partition)) continue
      if (goesOn) {
        its.delete(partition)
        group.resume(topic, [partition])
      } else {
        its.add(partition)
        group.pause(topic, [partition])
      }
    }
  }
  const askEnds = async (): Promise<void> => {
    const told = [...audits].map(([partition, audit]) => ({ partition, tell: audit.asking() }))
    const [routed, lookups] = await Promise.all([
      client.offsets.ends('call.routed'),
      client.offsets.ends('call.lookup'),
    ])
    for (const { partition, tell } of told) {
      const ends = { 'call.routed': routed[partition], 'call.lookup': lookups[partition] }
      if (ends['call.routed'] === undefined || ends['call.lookup'] === undefined) continue
      tell({ 'call.routed': ends['call.routed'], 'call.lookup': ends['call.lookup'] })
    }
  }
  const catchUp = async (): Promise<void> => {
    asking = true
    try {
      await askEnds()
    } catch (error) {
      logger.warn({ err: error }, 'auditor: the ends of its topics are not known, asking again')
    } finally {
      asking = false
    }
    for (const partition of audits.keys()) check(partition)
  }
  return {
    check,
    tick() {
      for (const partition of audits.keys()) check(partition)
      if (!asking && [...audits.values()].some((audit) => audit.apart())) void catchUp()
    },
    forget(changed) {
      for (const partition of changed) {
        for (const { its } of paused) its.delete(partition)
      }
    },
  }
}
