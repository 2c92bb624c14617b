/** Pauses and resumes what each partition's core wants to be read (design §4.9). */
import type { GroupConsumer } from '../platform/ports.ts'
import type { PartitionRouter } from './partition-router.ts'
import { ROUTER_TOPICS } from './taking-over.ts'

const FLOW_OF = {
  'call.arrived': 'arrived',
  'call.lookup': 'lookups',
  'call.routed': 'routed',
} as const

export interface Flows {
  check(partition: number): void
  /** The partitions changed hands: they are paused or resumed by whoever takes them over. */
  forget(changed: readonly number[]): void
}

export function keepFlows(
  group: GroupConsumer,
  partitions: ReadonlyMap<number, PartitionRouter>,
): Flows {
  const paused = ROUTER_TOPICS.map((topic) => ({ topic, its: new Set<number>() }))
  return {
    check(partition) {
      const flow = partitions.get(partition)?.flow()
      if (flow === undefined) return
      for (const { topic, its } of paused) {
        const reads = flow[FLOW_OF[topic]]
        if (reads !== its.has(partition)) continue
        if (reads) {
          its.delete(partition)
          group.resume(topic, [partition])
        } else {
          its.add(partition)
          group.pause(topic, [partition])
        }
      }
    },
    forget(changed) {
      for (const partition of changed) {
        for (const { its } of paused) its.delete(partition)
      }
    },
  }
}
