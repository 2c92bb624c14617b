/**
 * Requests that the group consumers of one client share. Those of a process read the same topics from the same
 * places, each for a group of its own: a request for each would cost broker and process as many times as much,
 * and what one call sets off would come at as many moments. So who is about to ask a broker takes along whoever
 * is about to ask it as well, and one that stands elsewhere has its turn (places.ts). Whoever is patient asks
 * seldom, with others that are; a prompt request takes them along where they stand where it asks, and is never
 * held up by one that doesn't. Nobody depends on another's connection for long: who gets no answer over it asks
 * alone until its own requests are answered.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Haste } from '../../ports.ts'
import type { Naming } from '../connection.ts'
import { keepPace, type Pace } from '../pace.ts'
import { dealOut } from './dealing.ts'
import type { Wanted } from './format.ts'
import {
  end,
  type Participant,
  participantOf,
  type RoundOutcome,
  type RoundReader,
  wantsAnything,
} from './participant.ts'
import { isInStep, placesOf } from './places.ts'
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

/** What is known of the requests to one broker that are as hasty as each other. */
interface Lane {
  /** Who takes part in the request that has not begun; null while there is none. */
  gathering: Participant[] | null
  rounds: number
  /** The last answer had no room for all. */
  hadMore: boolean
  /** How often everybody that gathered was taken along in another lane's request. */
  emptied: number
}

/** What is known of the requests to one broker. */
interface Standing {
  readonly lanes: Readonly<Record<Haste, Lane>>
  /** Readers that waited in vain for an answer to another's request. */
  readonly wary: WeakSet<RoundReader>
}

/** What the requests of a client go by. */
interface Means {
  readonly paces: Readonly<Record<Haste, Pace>>
  readonly names: Pick<Naming, 'logical'>
}

/** `paces` are those of all requests of a haste together. */
export function createFetchRounds(
  paces: Readonly<Record<Haste, Pace>>,
  names: Pick<Naming, 'logical'>,
): Readonly<Record<Haste, FetchRounds>> {
  const means = { paces, names }
  const brokers = new Map<string, Standing>()
  const standingAt = (nodeId: string): Standing => {
    const known = brokers.get(nodeId)
    if (known !== undefined) return known
    const standing = {
      lanes: { prompt: newLane(), patient: newLane() },
      wary: new WeakSet<RoundReader>(),
    }
    brokers.set(nodeId, standing)
    return standing
  }
  const begin = async (
    nodeId: string,
    haste: Haste,
    participants: Participant[],
  ): Promise<void> => {
    const standing = standingAt(nodeId)
    const lane = standing.lanes[haste]
    try {
      // Who was in the round before comes back within a turn.
      await nextTurn()
      let emptied: number
      do {
        emptied = lane.emptied
        await keepPace(paces[haste], nodeId)
        // Who gathers now was served a moment ago, and may be again.
      } while (lane.gathering === participants && lane.emptied > emptied)
    } finally {
      if (lane.gathering === participants) lane.gathering = null
    }
    await askTogether({ nodeId, haste, standing }, participants, means)
  }
  const roundsOf = (haste: Haste): FetchRounds => ({
    takePart(nodeId, reader) {
      const participant = participantOf(reader)
      const { lanes, wary } = standingAt(nodeId)
      const lane = lanes[haste]
      const alone = wary.has(reader)
      if (!alone && lane.gathering !== null) lane.gathering.push(participant)
      else {
        const participants = [participant]
        if (!alone) lane.gathering = participants
        void begin(nodeId, haste, participants)
          .catch((error: unknown) => {
            for (const one of participants) one.failure ??= error as Error
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
  })
  return { prompt: roundsOf('prompt'), patient: roundsOf('patient') }
}

const newLane = (): Lane => ({ gathering: null, rounds: 0, hadMore: false, emptied: 0 })

/** One request to be. */
interface Round {
  readonly nodeId: string
  readonly haste: Haste
  readonly standing: Standing
}

/** Whoever is taken along becomes one of the participants, and ends with them. */
async function askTogether(
  round: Round,
  participants: Participant[],
  { paces, names }: Means,
): Promise<void> {
  const { nodeId, haste, standing } = round
  const lane = standing.lanes[haste]
  const own = participants.filter((one) => wantsAnything(one, nodeId))
  // Whoever wants nothing here any more need not wait for what the others ask.
  for (const one of participants) if (!own.includes(one)) end(one)
  const [leader] = own
  if (leader === undefined) return
  lane.rounds += 1
  const { wanted, apart } = placesOf(
    own.map((one) => one.wanted),
    lane.rounds,
  )
  const along = takenAlong(round, wanted)
  participants.push(...along)
  const calmMs = Math.min(...own.map(({ reader }) => reader.waitMs()))
  const maxWaitMs = apart ? Math.min(APART_WAIT_MS, calmMs) : calmMs
  const present = [...own, ...along]
  const others = present.slice(1)
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
    const hasMore = await dealOut(turned(answers ?? [], lane.rounds), wanted, present, names)
    // A reader far behind is not slowed down by the turns of the others.
    if (hasMore || (apart && lane.hadMore)) paces[haste].hurry(nodeId)
    lane.hadMore = hasMore
  } catch (error) {
    leader.failure ??= error as Error
    for (const other of others) other.moved = true
  } finally {
    clearTimeout(trust)
  }
}

/**
 * Takes out of the patient request that has not begun whoever finds all it wants in a prompt one. Where that is
 * everybody, the patient one waits anew.
 */
function takenAlong({ nodeId, haste, standing }: Round, asked: Wanted): readonly Participant[] {
  const { patient } = standing.lanes
  const { gathering } = patient
  if (haste === 'patient' || gathering === null) return []
  const along = gathering.filter((one) => wantsAnything(one, nodeId) && isInStep(one.wanted, asked))
  if (along.length === 0) return along
  const left = gathering.filter((one) => !along.includes(one))
  gathering.splice(0, gathering.length, ...left)
  if (left.length === 0) patient.emptied += 1
  return along
}
