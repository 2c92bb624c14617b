/**
 * Requests that the group consumers of one client share. Those of a process read the same topics from the same
 * places, each for a group of its own: a request for each would cost broker and process as many times as much,
 * and what one call sets off would come at as many moments. So who is about to ask a broker takes along whoever
 * is about to ask it as well, and one that stands elsewhere has its turn (places.ts). Nobody depends on another's
 * connection for long: who gets no answer over it asks alone until its own requests are answered.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Naming } from '../connection.ts'
import { keepPace, type Pace } from '../pace.ts'
import { dealOut } from './dealing.ts'
import {
  end,
  type Participant,
  participantOf,
  type RoundOutcome,
  type RoundReader,
  wantsAnything,
} from './participant.ts'
import { placesOf } from './places.ts'
import { turned } from './turned.ts'

/** An answer has room for so many bytes, and for so many of one partition. */
const ROOM = { maxBytes: 2_000_000, partitionBytes: 262_144 } as const
/** For a first record while readers stand apart: who is left out of a request waits for it. */
const APART_WAIT_MS = 10
/** What others wait for an answer beside the time that the broker may wait for records. */
const TRUST_MS = 1000

export interface TakingPart {
  /**
   * Rejects with the error of the request where it went over the reader's own connection, and with the first
   * error of a partition that the reader wanted.
   */
  readonly outcome: Promise<RoundOutcome>
  /** Takes the reader out of a request that has not begun. */
  leave(): void
}

export interface FetchRounds {
  /** Asks a broker once, or takes part in the request that another reader is about to send it. */
  takePart(nodeId: string, reader: RoundReader): TakingPart
}

/** What is known of the requests to one broker. */
interface Standing {
  /** Who takes part in the request that has not begun; null while there is none. */
  gathering: Participant[] | null
  rounds: number
  /** The last answer had no room for all. */
  hadMore: boolean
  /** Readers that waited in vain for an answer to another's request. */
  readonly wary: WeakSet<RoundReader>
}

/** What the requests of a client go by. */
interface Means {
  readonly pace: Pace
  readonly names: Pick<Naming, 'logical'>
}

/** `pace` is that of all their requests together. */
export function createFetchRounds(pace: Pace, names: Pick<Naming, 'logical'>): FetchRounds {
  const means = { pace, names }
  const brokers = new Map<string, Standing>()
  const standingAt = (nodeId: string): Standing => {
    const known = brokers.get(nodeId)
    if (known !== undefined) return known
    const standing = {
      gathering: null,
      rounds: 0,
      hadMore: false,
      wary: new WeakSet<RoundReader>(),
    }
    brokers.set(nodeId, standing)
    return standing
  }
  const begin = async (nodeId: string, participants: readonly Participant[]): Promise<void> => {
    const standing = standingAt(nodeId)
    try {
      // Who was in the round before comes back within a turn.
      await nextTurn()
      await keepPace(pace, nodeId)
    } finally {
      if (standing.gathering === participants) standing.gathering = null
    }
    await askTogether(nodeId, standing, participants, means)
  }

  return {
    takePart(nodeId, reader) {
      const participant = participantOf(reader)
      const standing = standingAt(nodeId)
      const alone = standing.wary.has(reader)
      if (!alone && standing.gathering !== null) standing.gathering.push(participant)
      else {
        const participants = [participant]
        if (!alone) standing.gathering = participants
        void begin(nodeId, participants)
          .catch((error: unknown) => {
            participant.failure ??= error as Error
          })
          .then(() => participants.forEach(end))
      }
      return {
        outcome: participant.end.promise,
        leave() {
          participant.gone = true
        },
      }
    },
  }
}

async function askTogether(
  nodeId: string,
  standing: Standing,
  participants: readonly Participant[],
  { pace, names }: Means,
): Promise<void> {
  const present = participants.filter((one) => wantsAnything(one, nodeId))
  // Whoever wants nothing here any more need not wait for what the others ask.
  for (const one of participants) if (!present.includes(one)) end(one)
  const [leader, ...others] = present
  if (leader === undefined) return
  standing.rounds += 1
  const { wanted, apart } = placesOf(
    present.map((one) => one.wanted),
    standing.rounds,
  )
  const calmMs = Math.min(...present.map(({ reader }) => reader.waitMs()))
  const maxWaitMs = apart ? Math.min(APART_WAIT_MS, calmMs) : calmMs
  const trust = setTimeout(() => {
    for (const other of others) {
      standing.wary.add(other.reader)
      other.moved = true
      end(other)
    }
  }, maxWaitMs + TRUST_MS)
  try {
    const answers = await leader.reader.ask(nodeId, wanted, { ...ROOM, maxWaitMs })
    clearTimeout(trust)
    // Null: its polls were ended, and the broker has not said anything.
    if (answers !== null) standing.wary.delete(leader.reader)
    const hasMore = await dealOut(turned(answers ?? [], standing.rounds), wanted, present, names)
    // A reader far behind is not slowed down by the turns of the others.
    if (hasMore || (apart && standing.hadMore)) pace.hurry(nodeId)
    standing.hadMore = hasMore
  } catch (error) {
    leader.failure ??= error as Error
    for (const other of others) other.moved = true
  } finally {
    clearTimeout(trust)
  }
}
