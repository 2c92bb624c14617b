/** Where a group consumer stands in each partition, and what its service wants of it. */
import type { Wanted } from './fetch/format.ts'

interface PartitionState {
  /** Next offset to hand out; undefined until the service has sought. */
  position: number | undefined
  /** As the service wants it. */
  paused: boolean
  /** Set when the position was found to be out of range: where the log begins and ends. */
  bounds: { readonly start: number; readonly end: number } | undefined
}

export interface Positions {
  get(topic: string, partition: number): PartitionState | undefined
  /** Begins anew in a partition: silent until sought and resumed. */
  gain(topic: string, partition: number): void
  drop(topic: string, partition: number): void
  /** Next offsets of all partitions that are to be read, by the name that `named` gives a topic. */
  wanted(named: (topic: string) => string): Wanted
  all(): readonly {
    readonly topic: string
    readonly partition: number
    readonly state: PartitionState
  }[]
}

export function createPositions(): Positions {
  const states = new Map<string, Map<number, PartitionState>>()
  return {
    get: (topic, partition) => states.get(topic)?.get(partition),
    gain(topic, partition) {
      const bounds = states.get(topic)?.get(partition)?.bounds
      const ofTopic = states.get(topic) ?? new Map<number, PartitionState>()
      ofTopic.set(partition, { position: undefined, paused: true, bounds })
      states.set(topic, ofTopic)
    },
    drop(topic, partition) {
      states.get(topic)?.delete(partition)
    },
    wanted(named) {
      const wanted = new Map<string, Map<number, number>>()
      for (const [topic, ofTopic] of states) {
        const offsets = new Map<number, number>()
        for (const [partition, { position, paused }] of ofTopic) {
          if (position !== undefined && !paused) offsets.set(partition, position)
        }
        if (offsets.size > 0) wanted.set(named(topic), offsets)
      }
      return wanted
    },
    all: () =>
      [...states].flatMap(([topic, ofTopic]) =>
        [...ofTopic].map(([partition, state]) => ({ topic, partition, state })),
      ),
  }
}
