/** Fetches from one broker after the other request, each in a session with that broker. */
import type { Cluster } from 'kafkajs'
import protocolErrors from 'kafkajs/src/protocol/error.js'
import { callBroker } from '../call.ts'
import { decodeFetch, encodeFetch, FETCH, type PartitionAnswer, type Wanted } from './format.ts'
import { createFetchSession, type FetchSession } from './session.ts'

export interface FetchLimits {
  /** How long the broker may wait for a first record. */
  readonly maxWaitMs: number
  readonly maxBytes: number
  readonly partitionBytes: number
}

/** FETCH_SESSION_ID_NOT_FOUND, INVALID_FETCH_SESSION_EPOCH: the broker has forgotten it, or counts otherwise. */
const SESSION_OVER: ReadonlySet<number> = new Set([70, 71])
/** What an answer may take beside the wait that was asked for. */
const NETWORK_MS = 5000

export interface Fetcher {
  /**
   * Asks a broker once. Gives what it tells of partitions, nothing where there is nothing new; rejects with the
   * connection's or the broker's error. One request a broker at a time.
   */
  fetch(nodeId: string, wanted: Wanted, limits: FetchLimits): Promise<readonly PartitionAnswer[]>
  /** Whatever a request under way may bring, the next begins a new session. */
  forget(nodeId: string): void
}

export function createFetcher(cluster: Cluster): Fetcher {
  const sessions = new Map<string, FetchSession>()
  /** It may have a successor already. */
  const end = (nodeId: string, session: FetchSession): void => {
    if (sessions.get(nodeId) === session) sessions.delete(nodeId)
  }
  return {
    async fetch(nodeId, wanted, limits) {
      const session = sessions.get(nodeId) ?? createFetchSession()
      sessions.set(nodeId, session)
      try {
        const answer = await fetchOnce(cluster, nodeId, session, wanted, limits)
        if (answer === null) end(nodeId, session)
        return answer ?? []
      } catch (error) {
        end(nodeId, session)
        throw error
      }
    },
    forget: (nodeId) => void sessions.delete(nodeId),
  }
}

/** Null where the session is over. */
export async function fetchOnce(
  cluster: Cluster,
  nodeId: string,
  session: FetchSession,
  wanted: Wanted,
  limits: FetchLimits,
): Promise<readonly PartitionAnswer[] | null> {
  const broker = await cluster.findBroker({ nodeId })
  const answer = await callBroker(broker, {
    ...FETCH,
    bytes: encodeFetch({ ...limits, ...session.next(wanted) }),
    decode: decodeFetch,
    timeoutMs: limits.maxWaitMs + NETWORK_MS,
  })
  if (SESSION_OVER.has(answer.errorCode)) return null
  if (answer.errorCode !== 0) throw protocolErrors.createErrorFromCode(answer.errorCode)
  session.answered(answer.sessionId)
  return answer.partitions
}

/**
 * Errors of one partition that a look at the leaders mends: LEADER_NOT_AVAILABLE, NOT_LEADER,
 * REPLICA_NOT_AVAILABLE, KAFKA_STORAGE_ERROR, both LEADER_EPOCH and OFFSET_NOT_AVAILABLE. In kafkajs
 * they take away what the answer holds of all others.
 */
const MOVED_CODES: ReadonlySet<number> = new Set([5, 6, 9, 56, 74, 75, 78])
export const OFFSET_OUT_OF_RANGE = 1

/** True when the partition's leader is elsewhere, or not there yet. */
export const hasMoved = ({ errorCode }: PartitionAnswer): boolean => MOVED_CODES.has(errorCode)
