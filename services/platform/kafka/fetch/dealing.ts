/** Who of those that shared a request takes what of its answer (rounds.ts). */
import { setImmediate as nextTurn } from 'node:timers/promises'
import protocolErrors from 'kafkajs/src/protocol/error.js'
import type { Naming } from '../connection.ts'
import { hasMoved, OFFSET_OUT_OF_RANGE } from './fetcher.ts'
import type { PartitionAnswer, Wanted } from './format.ts'
import type { Participant } from './participant.ts'
import { partFrom } from './places.ts'
import { type Budget, newBudget, readRecords } from './records.ts'

/** Timers, heartbeats and others' answers come in between pieces of a large answer. */
const PIECE_MS = 5

/** Hands an answer's partitions to whoever wanted them; true when more of one is there to be fetched. */
export async function dealOut(
  answers: readonly PartitionAnswer[],
  asked: Wanted,
  participants: readonly Participant[],
  names: Pick<Naming, 'logical'>,
): Promise<boolean> {
  const budget = newBudget()
  let hasMore = false
  let pieceMs = performance.now()
  for (const answer of answers) {
    if (performance.now() - pieceMs > PIECE_MS) {
      await nextTurn()
      pieceMs = performance.now()
    }
    const { topic, partition } = answer
    const from = asked.get(topic)?.get(partition)
    if (from === undefined) continue
    const takers = participants.flatMap((participant) => {
      const offset = participant.wanted.get(topic)?.get(partition)
      return offset === undefined ? [] : [{ participant, offset }]
    })
    try {
      if (await deal(answer, from, takers, names, budget)) hasMore = true
    } catch (error) {
      // Whoever stands further on would not have asked for this place.
      for (const { participant, offset } of takers) {
        if (offset === from) participant.failure ??= error as Error
      }
    }
  }
  return hasMore
}

/** Where a reader stands in a partition. */
interface Taker {
  readonly participant: Participant
  readonly offset: number
}

async function deal(
  answer: PartitionAnswer,
  from: number,
  takers: readonly Taker[],
  names: Pick<Naming, 'logical'>,
  budget: Budget,
): Promise<boolean> {
  const { topic, partition, errorCode, end: logEnd } = answer
  if (hasMoved(answer)) {
    for (const { participant } of takers) participant.moved = true
    return false
  }
  if (errorCode === OFFSET_OUT_OF_RANGE) {
    for (const { participant, offset } of takers) {
      if (offset === from) participant.reader.outOfRange(topic, partition, from)
    }
    return false
  }
  if (errorCode !== 0) throw protocolErrors.createErrorFromCode(errorCode)
  if (answer.bytes === null) return false
  if (budget.leftBytes <= 0) return true
  const batch = await readRecords(
    { topic: names.logical(topic), partition },
    answer,
    { from },
    budget,
  )
  for (const { participant, offset } of takers) {
    const own = partFrom(batch, from, offset)
    if (own !== null) participant.reader.read(own, offset)
  }
  // An answer has room for so much: what did not fit is there to be fetched.
  return batch.nextOffset > from && batch.nextOffset < logEnd
}
