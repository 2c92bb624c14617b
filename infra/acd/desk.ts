/**
 * What the ACD does with the records of each partition: decode in order, apply the reader's rule, act
 * on what is effective and lies behind the commit.
 */
import type { CallRouted } from '../../schemas/records.ts'
import type { Clock, Codec, LogRecord } from '../../services/platform/ports.ts'
import { createFirstDecisions } from '../../services/reader/first-decision.ts'

export interface HeardDecision {
  readonly decision: CallRouted
  readonly partition: number
  readonly offset: number
  readonly appendedAt: number
}

export interface DeskCounts {
  /** Effective decisions acted on. */
  readonly acted: number
  readonly repeated: number
  readonly void: number
  readonly unreadable: number
}

interface Finished {
  readonly partition: number
  /** Next offset to read. */
  readonly offset: number
  readonly appendedAt: number
}

export interface Desk {
  readonly counts: DeskCounts
  /** Begins with a partition: records before `actFrom` are only remembered. */
  open(partition: number, actFrom: number): void
  leave(partitions: readonly number[]): void
  take(partition: number, records: readonly LogRecord[]): void
  /** How far each partition is done; what was taken is not given again. */
  takeFinished(): readonly Finished[]
  close(): void
}

export const RETRY_MS = 500

const TOPIC = 'call.routed'

interface Partition {
  readonly actFrom: number
  /** Read and not yet worked off; its head waits when its schema must be learnt first. */
  readonly queue: LogRecord[]
}

/** The reader's rule, and the act that follows from it. */
function createActing(
  counts: { acted: number; repeated: number; void: number },
  onDecision: (heard: HeardDecision) => void,
) {
  const first = createFirstDecisions()
  return {
    forget: (partition: number): void => first.forget(partition),
    read(record: LogRecord, decision: CallRouted, actFrom: number): void {
      const { partition, offset, appendedAt } = record
      const { callId, requestNo, decidedAt } = decision
      const { partition: arrivalPartition } = decision.arrivalAt
      const place = { partition, arrivalPartition, appendedAt }
      const standing = first.read({ ...place, callId, requestNo, decidedAt })
      if (offset < actFrom) return
      if (standing === 'REPEATED') counts.repeated += 1
      else if (standing !== 'EFFECTIVE') counts.void += 1
      else {
        counts.acted += 1
        onDecision({ decision, partition, offset, appendedAt })
      }
    },
  }
}

/** `onDecision` is called once per effective decision, in the order of its partition. */
export function createDesk(options: {
  codec: Codec
  clock: Clock
  onDecision: (heard: HeardDecision) => void
}): Desk {
  const { codec, clock, onDecision } = options
  const partitions = new Map<number, Partition>()
  const finished = new Map<number, Finished>()
  const counts = { acted: 0, repeated: 0, void: 0, unreadable: 0 }

  const act = createActing(counts, onDecision)
  const learn = async (number: number, partition: Partition, schemaId: number): Promise<void> => {
    const known = await codec.learn(schemaId).catch(() => 'unavailable' as const)
    const again = (): void => {
      if (partitions.get(number) === partition) drain(number, partition)
    }
    if (known === 'unavailable') clock.after(RETRY_MS, again)
    else again()
  }
  const drain = (number: number, partition: Partition): void => {
    const { queue, actFrom } = partition
    for (let record = queue[0]; record !== undefined; record = queue[0]) {
      const decoded = codec.decode(TOPIC, record.value)
      if (!decoded.ok && decoded.retry) {
        void learn(number, partition, decoded.schemaId)
        return
      }
      queue.shift()
      if (decoded.ok) act.read(record, decoded.value, actFrom)
      else counts.unreadable += 1
      const { offset, appendedAt } = record
      if (offset >= actFrom) {
        finished.set(number, { partition: number, offset: offset + 1, appendedAt })
      }
    }
  }

  return {
    counts,
    open(partition, actFrom) {
      partitions.set(partition, { actFrom, queue: [] })
    },
    leave(numbers) {
      for (const number of numbers) {
        act.forget(number)
        partitions.delete(number)
        finished.delete(number)
      }
    },
    take(number, records) {
      const partition = partitions.get(number)
      if (partition === undefined) return
      const idle = partition.queue.length === 0
      partition.queue.push(...records)
      if (idle) drain(number, partition)
    },
    takeFinished() {
      const taken = [...finished.values()]
      finished.clear()
      return taken
    },
    close() {
      partitions.clear()
    },
  }
}
