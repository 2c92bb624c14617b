/** Ends, starts and offsets by time of all partitions of a topic. */
import { CrosspointError } from '../../errors.ts'
import type { LogTopic } from '../../topology.ts'
import type { LogOffsets } from '../ports.ts'
import type { Wire } from './wire.ts'

type Which = { readonly fromBeginning: boolean } | { readonly fromTimestamp: number }

/**
 * Offsets over a wire. Ends are those a reader of committed records can reach: an open transaction of
 * a foreign producer holds back the end until it is settled.
 */
export function createOffsets(wire: Wire): LogOffsets {
  async function list(topic: LogTopic, which: Which): Promise<number[]> {
    const partitions = wire.partitions(topic).map((partition) => ({ partition }))
    const [answer] = await wire.cluster.fetchTopicsOffset([
      { topic: wire.names.physical(topic), partitions, ...which },
    ] as Parameters<typeof wire.cluster.fetchTopicsOffset>[0])
    const offsets = Array.from<number>({ length: partitions.length })
    for (const { partition, offset } of answer?.partitions ?? []) {
      offsets[partition] = Number(offset)
    }
    if (answer === undefined || answer.partitions.length !== partitions.length) {
      throw new CrosspointError('XP_BROKER_FAILED', `not all partitions of ${topic} have a leader`)
    }
    return offsets
  }

  async function ask(topic: LogTopic, question: () => Promise<number[]>) {
    await wire.know([topic])
    return wire.ask(`asking for offsets of ${topic}`, question)
  }

  return {
    ends: (topic) => ask(topic, () => list(topic, { fromBeginning: false })),
    starts: (topic) => ask(topic, () => list(topic, { fromBeginning: true })),
    at: (topic, timeMs) =>
      ask(topic, async () => {
        // The ends come first: a record appended between the questions then counts as "after".
        const ends = await list(topic, { fromBeginning: false })
        const found = await list(topic, { fromTimestamp: Math.max(0, Math.floor(timeMs)) })
        // -1: nothing that late. Also never beyond the end, which an open transaction may hold back.
        return found.map((offset, p) => (offset < 0 ? (ends[p] ?? 0) : offset))
      }),
  }
}
