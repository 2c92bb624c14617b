/** A reader that takes part in a request, and how that ends for it (rounds.ts). */
import type { RecordBatch } from '../../ports.ts'
import type { FetchLimits } from './fetcher.ts'
import type { PartitionAnswer, Wanted } from './format.ts'

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
  /** The broker does not lead something that it was asked for, or did not answer another reader. */
  readonly moved: boolean
}

/** A reader in a round. */
export interface Participant {
  readonly reader: RoundReader
  readonly end: PromiseWithResolvers<RoundOutcome>
  wanted: Wanted
  moved: boolean
  failure: Error | undefined
  gone: boolean
}

const NOTHING: Wanted = new Map()

export const participantOf = (reader: RoundReader): Participant => ({
  reader,
  end: Promise.withResolvers(),
  wanted: NOTHING,
  moved: false,
  failure: undefined,
  gone: false,
})

export function end({ end: ending, failure, moved }: Participant): void {
  if (failure === undefined) ending.resolve({ moved })
  else ending.reject(failure)
}

/** Asked late, and perhaps again: it may have been sought, paused or given away since it came. Who does not know fails alone. */
export function wantsAnything(participant: Participant, nodeId: string): boolean {
  participant.wanted = NOTHING
  participant.failure = undefined
  if (participant.gone) return false
  try {
    participant.wanted = participant.reader.wanted(nodeId)
  } catch (error) {
    participant.failure = error as Error
  }
  return participant.wanted.size > 0
}
