/** One round of a member's reading from one broker: what it asks for, and what becomes of the answer. */
import { setTimeout as delay } from 'node:timers/promises'
import type { Cluster } from 'kafkajs'
import protocolErrors from 'kafkajs/src/protocol/error.js'
import type { RecordBatch } from '../ports.ts'
import { createFetcher, hasMoved, OFFSET_OUT_OF_RANGE } from './fetch/fetcher.ts'
import type { PartitionAnswer, Wanted } from './fetch/format.ts'
import { newBudget, readRecords } from './fetch/records.ts'
import { turned } from './fetch/turned.ts'
import type { Naming } from './connection.ts'
import { relearn } from './live-brokers.ts'
import { keepPace, type Pace } from './pace.ts'
import type { Polls } from './polls.ts'

/** An answer has room for so many bytes, and for so many of one partition. */
const ROOM = { maxBytes: 2_000_000, partitionBytes: 262_144 } as const
/** Before a broker of which nothing is wanted for now is thought of again. */
const IDLE_PAUSE_MS = 30
/** Before a broker that does not lead what it was asked for is asked again. */
const MOVED_PAUSE_MS = 20

export interface ReadingEvents {
  /** The next offsets to be read, by topic (as it is called on the brokers) and partition. */
  positions(): Wanted
  /** What was read from an offset on. Called synchronously; it may be wanted no more. */
  read(batch: RecordBatch, fetchedOffset: number): void
  /** The log does not have the offset that was asked for. */
  outOfRange(topic: string, partition: number, fetchedOffset: number): void
}

/** What fetches once from a broker and hands on what came; rejects with the first error of the answer. */
export function createMemberFetch(
  cluster: Cluster,
  names: Naming,
  { pace, polls }: { readonly pace: Pace; readonly polls: Polls },
  events: ReadingEvents,
): (nodeId: string) => Promise<void> {
  const fetcher = createFetcher(cluster)
  let rounds = 0

  const take = async (nodeId: string, wanted: Wanted, answers: readonly PartitionAnswer[]) => {
    const budget = newBudget()
    let failure: Error | undefined
    rounds += 1
    for (const answer of turned(answers, rounds)) {
      const { topic, partition, errorCode, end } = answer
      const from = wanted.get(topic)?.get(partition)
      if (hasMoved(answer) || from === undefined) continue
      if (errorCode === OFFSET_OUT_OF_RANGE) events.outOfRange(topic, partition, from)
      else if (errorCode !== 0) failure ??= protocolErrors.createErrorFromCode(errorCode)
      else if (answer.bytes !== null && budget.leftBytes <= 0) pace.hurry(nodeId)
      else if (answer.bytes !== null) {
        const place = { topic: names.logical(topic), partition }
        const batch = await readRecords(place, answer, { from }, budget)
        if (batch.nextOffset > from) {
          events.read(batch, from)
          // An answer has room for so much: what did not fit is there to be fetched.
          if (batch.nextOffset < end) pace.hurry(nodeId)
        }
      }
    }
    if (failure !== undefined) throw failure
  }
  return async (nodeId) => {
    await keepPace(pace, nodeId)
    const wanted = ledBy(cluster, nodeId, events.positions())
    if (wanted.size === 0 || polls.over()) {
      await delay(IDLE_PAUSE_MS)
      return
    }
    const limits = { ...ROOM, maxWaitMs: polls.waitMs() }
    const answers = await polls.endable(fetcher.fetch(nodeId, wanted, limits))
    if (answers === null) {
      fetcher.forget(nodeId)
      return
    }
    await take(nodeId, wanted, answers)
    if (answers.some(hasMoved)) {
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
