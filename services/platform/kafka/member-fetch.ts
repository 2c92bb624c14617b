/** What a member wants of a broker each time it asks, over which connection, and what it does without an answer. */
import { setTimeout as delay } from 'node:timers/promises'
import type { Cluster } from 'kafkajs'
import type { RoundReader } from './fetch/participant.ts'
import type { FetchRounds } from './fetch/rounds.ts'
import { createFetcher } from './fetch/fetcher.ts'
import type { Wanted } from './fetch/format.ts'
import { relearn } from './live-brokers.ts'
import type { Polls } from './polls.ts'

/** Before a broker of which nothing is wanted for now is thought of again. */
const IDLE_PAUSE_MS = 30
/** Before a broker that does not lead what it was asked for is asked again. */
const MOVED_PAUSE_MS = 20

export interface ReadingEvents extends Pick<RoundReader, 'read' | 'outOfRange'> {
  /** The next offsets to be read, by topic (as it is called on the brokers) and partition. */
  positions(): Wanted
}

/** What fetches once from a broker, with others (fetch/rounds.ts); rejects with the first error of its own. */
export function createMemberFetch(
  cluster: Cluster,
  { rounds, polls }: { readonly rounds: FetchRounds; readonly polls: Polls },
  events: ReadingEvents,
): (nodeId: string) => Promise<void> {
  const fetcher = createFetcher(cluster)
  const reader: RoundReader = {
    wanted: (nodeId) => (polls.over() ? new Map() : ledBy(cluster, nodeId, events.positions())),
    waitMs: () => polls.waitMs(),
    async ask(nodeId, wanted, limits) {
      const answers = await polls.endable(fetcher.fetch(nodeId, wanted, limits))
      if (answers === null) fetcher.forget(nodeId)
      return answers
    },
    read: (batch, fetchedOffset) => events.read(batch, fetchedOffset),
    outOfRange: (topic, partition, offset) => events.outOfRange(topic, partition, offset),
  }
  return async (nodeId) => {
    if (reader.wanted(nodeId).size === 0) {
      await delay(IDLE_PAUSE_MS)
      return
    }
    const part = rounds.takePart(nodeId, reader)
    const outcome = await polls.endable(part.outcome)
    if (outcome === null) part.leave()
    else if (outcome.moved) {
      void relearn(cluster)
      await delay(MOVED_PAUSE_MS)
    }
  }
}

/** Of all positions those whose partitions the broker leads. Throws where leaders are not known. */
function ledBy(cluster: Cluster, nodeId: string, positions: Wanted): Wanted {
  const led = new Map<string, Map<number, number>>()
  for (const [topic, offsets] of positions) {
    const own = new Map<number, number>()
    for (const { partitionId, leader } of cluster.findTopicPartitionMetadata(topic)) {
      const offset = offsets.get(partitionId)
      if (offset !== undefined && String(leader) === nodeId) own.set(partitionId, offset)
    }
    if (own.size > 0) led.set(topic, own)
  }
  return led
}
