/**
 * The rule of every reader of call.routed (design §4.1), ready to build into an ACD: the first
 * readable, not void record of a request in its partition is the decision; all others are to be
 * ignored. Pure: feed it the records in the order of their partition.
 *
 * A reader that restarts must know what it has heard before, so it reads again from `rewindTo` of the
 * append time of the last record it finished, feeds all of it in here, and acts only on what lies at
 * or behind its committed offset.
 */
import { HORIZON_MS, isVoid } from '../domain/horizon.ts'
import { createLastingMap, type LastingMap } from '../domain/lasting-map.ts'
import { requestKey, type RequestId } from '../domain/request.ts'

/** A record of call.routed that could be decoded. Times are broker times, milliseconds. */
export interface DecisionRead extends RequestId {
  readonly partition: number
  /**
   * `arrivalAt.partition` of the record: a decision counts only in the partition of its arrival. Leave
   * it out where only headers are read and nobody but routers may write call.routed.
   */
  readonly arrivalPartition?: number
  readonly decidedAt: number
  readonly appendedAt: number
}

/** Only EFFECTIVE is to be acted on. */
type DecisionStanding = 'EFFECTIVE' | 'REPEATED' | 'VOID' | 'MISPLACED'

export interface FirstDecisions {
  /** Says what a record is, and remembers it. Records of a partition come in offset order. */
  read(decision: DecisionRead): DecisionStanding
  /** The partition went to another reader: what was known of it is dropped. */
  forget(partition: number): void
  /** Requests remembered. */
  readonly size: number
}

/** Where to read from again, given the append time of the last finished record. */
export function rewindTo(finishedAppendedAt: number, horizonMs = HORIZON_MS): number {
  return finishedAppendedAt - horizonMs
}

interface Memory {
  /** Append time of each request's decision, oldest first. */
  readonly appendedAt: LastingMap<string, number>
  newest: number
}

/** Remembers requests for `horizonMs` of append time; beyond that the rule promises nothing. */
export function createFirstDecisions(horizonMs = HORIZON_MS): FirstDecisions {
  const partitions = new Map<number, Memory>()

  const memoryOf = (partition: number): Memory => {
    const known = partitions.get(partition)
    if (known !== undefined) return known
    const fresh: Memory = { appendedAt: createLastingMap(), newest: -Infinity }
    partitions.set(partition, fresh)
    return fresh
  }
  const expire = ({ appendedAt, newest }: Memory): void => {
    for (const [key, at] of appendedAt) {
      if (at >= newest - horizonMs) return
      appendedAt.delete(key)
    }
  }

  return {
    read(decision) {
      const { partition, arrivalPartition = partition } = decision
      if (arrivalPartition !== partition) return 'MISPLACED'
      if (isVoid(decision.decidedAt, decision.appendedAt)) return 'VOID'
      const memory = memoryOf(decision.partition)
      // A new leader's clock may be behind the old one's: time goes forward only.
      memory.newest = Math.max(memory.newest, decision.appendedAt)
      expire(memory)
      const key = requestKey(decision)
      if (memory.appendedAt.has(key)) return 'REPEATED'
      memory.appendedAt.set(key, memory.newest)
      return 'EFFECTIVE'
    },
    forget(partition) {
      partitions.delete(partition)
    },
    get size() {
      return [...partitions.values()].reduce((sum, { appendedAt }) => sum + appendedAt.size, 0)
    },
  }
}
