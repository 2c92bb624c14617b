/**
 * Requests that the group consumers of one client share. Those of a process read the same topics from the same
 * places, each for a group of its own: a request for each would cost broker and process as many times as much,
 * and what one call sets off would come at as many moments. So who is about to ask a broker takes along whoever
 * is about to ask it as well; nobody waits for anybody, and one that stands elsewhere has its turn
 * (fetch/places.ts).
 */
import { setImmediate as turn } from 'node:timers/promises'
import protocolErrors from 'kafkajs/src/protocol/error.js'
import type { RecordBatch } from '../ports.ts'
import type { Naming } from './connection.ts'
import { type FetchLimits, hasMoved, OFFSET_OUT_OF_RANGE } from './fetch/fetcher.ts'
import type { PartitionAnswer, Wanted } from './fetch/format.ts'
import { partFrom, placesOf } from './fetch/places.ts'
import { type Budget, newBudget, readRecords } from './fetch/records.ts'
import { turned } from './fetch/turned.ts'
import { keepPace, type Pace } from './pace.ts'

/** An answer has room for so many bytes, and for so many of one partition. */
const ROOM = { maxBytes: 2_000_000, partitionBytes: 262_144 } as const

export interface RoundReader {
  /** What it wants of a broker now; throws where it does not know what that one leads. */
  wanted(nodeId: string): Wanted
  /** How long the broker may wait for a first record. */
  waitMs(): number
  /** Asks over a connection of its own; null when that was ended, so that nobody waits for it. */
  ask(
    nodeId: string,
    wanted: Wanted,
    limits: FetchLimits,
  ): Promise<readonly PartitionAnswer[] | null>
  /** What was read from an offset on. Called synchronously; it may be wanted no more. */
  read(batch: RecordBatch, fetchedOffset: number): void
  /** The log does not have the offset that was asked for. */
  outOfRange(topic: string, partition: number, fetchedOffset: number): void
}

/** What a round brought besides records. */
export interface RoundOutcome {
  /** The broker does not lead something that it was asked for. */
  readonly moved: boolean
}

export interface FetchRounds {
  /**
   * Asks a broker once, or takes part in the request that another reader is about to send it. Rejects with the
   * error of the request where it went over the reader's connection (others try over theirs), and with the
   * first error of a partition that the reader wanted.
   */
  takePart(nodeId: string, reader: RoundReader): Promise<RoundOutcome>
}

/** A reader in a round. */
interface Part {
  readonly reader: RoundReader
  readonly settle: PromiseWithResolvers<RoundOutcome>
  wanted: Wanted
  moved: boolean
  failure: Error | undefined
}

/** `pace` is that of all their requests together. */
export function createFetchRounds(pace: Pace, names: Pick<Naming, 'logical'>): FetchRounds {
  /** By broker, who takes part in the request that has not begun. */
  const gathering = new Map<string, Part[]>()
  let rounds = 0

  const begin = async (nodeId: string, parts: readonly Part[]): Promise<void> => {
    // Who was in the round before comes back within a turn.
    await turn()
    await keepPace(pace, nodeId)
    gathering.delete(nodeId)
    rounds += 1
    const present = parts.filter((part) => wantsAnything(part, nodeId))
    const [leader] = present
    if (leader === undefined) return
    const { wanted, apart } = placesOf(
      present.map((part) => part.wanted),
      rounds,
    )
    const calmMs = Math.min(...present.map(({ reader }) => reader.waitMs()))
    const limits = { ...ROOM, maxWaitMs: apart ? 0 : calmMs }
    const answers = await leader.reader.ask(nodeId, wanted, limits).catch((error: unknown) => {
      leader.failure = error as Error
      return null
    })
    const budget = newBudget()
    for (const answer of turned(answers ?? [], rounds)) {
      const isMore = await deal(answer, wanted, present, names, budget)
      if (isMore) pace.hurry(nodeId)
    }
  }

  return {
    takePart(nodeId, reader) {
      const settle = Promise.withResolvers<RoundOutcome>()
      const part: Part = { reader, settle, wanted: new Map(), moved: false, failure: undefined }
      const joined = gathering.get(nodeId)
      if (joined !== undefined) joined.push(part)
      else {
        const parts = [part]
        gathering.set(nodeId, parts)
        void begin(nodeId, parts)
          .catch((error: unknown) => {
            for (const each of parts) each.failure ??= error as Error
          })
          .then(() => parts.forEach(end))
      }
      return settle.promise
    },
  }
}

function end({ settle, failure, moved }: Part): void {
  if (failure === undefined) settle.resolve({ moved })
  else settle.reject(failure)
}

/** Asked late: it may have been sought, paused or given away since it came. Who does not know fails alone. */
function wantsAnything(part: Part, nodeId: string): boolean {
  try {
    part.wanted = part.reader.wanted(nodeId)
  } catch (error) {
    part.failure = error as Error
  }
  return part.wanted.size > 0
}

/** Hands what is told of one partition to whoever wanted it; true when more of it is there to be fetched. */
async function deal(
  answer: PartitionAnswer,
  asked: Wanted,
  parts: readonly Part[],
  names: Pick<Naming, 'logical'>,
  budget: Budget,
): Promise<boolean> {
  const { topic, partition, errorCode, end: logEnd } = answer
  const from = asked.get(topic)?.get(partition)
  if (from === undefined) return false
  const standing = parts.flatMap((part) => {
    const offset = part.wanted.get(topic)?.get(partition)
    return offset === undefined ? [] : [{ part, offset }]
  })
  if (hasMoved(answer)) {
    for (const { part } of standing) part.moved = true
  } else if (errorCode === OFFSET_OUT_OF_RANGE) {
    for (const { part, offset } of standing) {
      if (offset === from) part.reader.outOfRange(topic, partition, from)
    }
  } else if (errorCode !== 0) {
    for (const { part } of standing) {
      part.failure ??= protocolErrors.createErrorFromCode(errorCode)
    }
  } else if (answer.bytes !== null) {
    if (budget.leftBytes <= 0) return true
    const batch = await readRecords(
      { topic: names.logical(topic), partition },
      answer,
      { from },
      budget,
    )
    for (const { part, offset } of standing) {
      const own = partFrom(batch, from, offset)
      if (own !== null) part.reader.read(own, offset)
    }
    // An answer has room for so much: what did not fit is there to be fetched.
    return batch.nextOffset > from && batch.nextOffset < logEnd
  }
  return false
}
