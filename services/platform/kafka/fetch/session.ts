/**
 * What one broker was told that we want of it (KIP-227): a request then names only what has changed, and
 * an answer only what has something to tell, those first that had nothing to tell before. Without it every poll
 * names all partitions, and every answer all of them again, however quiet they are; and the broker fills an
 * answer in the order of the request. One that failed, and that of a member which leaves, is thrown away: a
 * broker that needs its room takes it after two minutes. To end it in order a last request would have to
 * wait behind the poll under way (brokers read a connection's next request when the one before is answered),
 * and who leaves does not wait for polls. Pure.
 */
import { turned } from './turned.ts'
import type { FetchRequest, SessionPlace, Wanted } from './format.ts'

type Asked = Pick<FetchRequest, 'session' | 'wanted' | 'forgotten'>

export interface FetchSession {
  /** What the next request has to say; it is sent after the answer to the one before. */
  next(wanted: Wanted): Asked
  /** Its answer came, and named the session; 0: the broker has no room for one. */
  answered(sessionId: number): void
}

const NOTHING: Wanted = new Map()
const NONE_FORGOTTEN: Asked['forgotten'] = new Map()
const EPOCH_MAX = 0x7f_ff_ff_ff

export function createFetchSession(): FetchSession {
  let session: SessionPlace = { id: 0, epoch: 0 }
  let known = NOTHING
  let asked = 0
  return {
    next(wanted) {
      asked += 1
      const before = known
      known = wanted
      if (session.epoch === 0) return whole(session, wanted, asked)
      return { session, wanted: changed(before, wanted), forgotten: gone(before, wanted) }
    },
    answered(id) {
      const epoch = session.epoch === EPOCH_MAX ? 1 : session.epoch + 1
      session = { id, epoch: id === 0 ? 0 : epoch }
    },
  }
}

/** Asks for everything every time: for who must hear of partitions without anything new as well. */
export function createSessionless(): FetchSession {
  let asked = 0
  return {
    next(wanted) {
      asked += 1
      return whole(NO_SESSION, wanted, asked)
    },
    answered: () => undefined,
  }
}

const NO_SESSION: SessionPlace = { id: 0, epoch: -1 }

/** Everything, in another order each time. */
function whole(session: SessionPlace, wanted: Wanted, asked: number): Asked {
  const inTurn = [...wanted].map(
    ([topic, offsets]) => [topic, new Map(turned([...offsets], asked))] as const,
  )
  return { session, wanted: new Map(turned(inTurn, asked)), forgotten: NONE_FORGOTTEN }
}

/** Where something else is wanted than before. */
function changed(before: Wanted, wanted: Wanted): Wanted {
  const found = new Map<string, Map<number, number>>()
  for (const [topic, offsets] of wanted) {
    const known = before.get(topic)
    const other = new Map<number, number>()
    for (const [partition, offset] of offsets) {
      if (known?.get(partition) !== offset) other.set(partition, offset)
    }
    if (other.size > 0) found.set(topic, other)
  }
  return found
}

/** What was wanted before and no longer is. */
function gone(before: Wanted, wanted: Wanted): Asked['forgotten'] {
  const found = new Map<string, readonly number[]>()
  for (const [topic, offsets] of before) {
    const still = wanted.get(topic)
    const partitions = [...offsets.keys()].filter((partition) => still?.has(partition) !== true)
    if (partitions.length > 0) found.set(topic, partitions)
  }
  return found
}
