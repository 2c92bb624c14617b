/** Appending that goes on until it is done: for what may come later, and may not be lost. */
import { CrosspointError } from '../errors.ts'
import { reducedLetter } from './dead-letter.ts'
import type { Ack, Clock, OutRecord } from './ports.ts'
import { persist } from './timing.ts'

/** A topic that is missing, or may not be written, is asked no more often than this. */
const PAUSE_MS_MAX = 5000

export interface Appending {
  readonly clock: Clock
  readonly append: (record: OutRecord) => Promise<Ack>
  /** False once nobody wants the record appended any more. */
  readonly wanted: () => boolean
  readonly failed: (error: unknown, record: OutRecord) => void
}

export const isTooLarge = (error: unknown): boolean =>
  error instanceof CrosspointError && error.code === 'XP_RECORD_TOO_LARGE'

/**
 * Appends until it is appended, with growing pauses; a dead letter that is too large is reduced. Resolves
 * false only when it was wanted no more before. What was acknowledged counts whoever wants it by then: else
 * a service that stops would not commit what it wrote last, and the next would write it again.
 */
export async function appendUntilDone(record: OutRecord, appending: Appending): Promise<boolean> {
  const { clock, append, wanted, failed } = appending
  let out = record
  let appended = false
  await persist(
    clock,
    wanted,
    async () => {
      await append(out)
      appended = true
    },
    (error) => {
      if (isTooLarge(error) && record.topic.endsWith('.dlt')) out = reducedLetter(record)
      if (wanted()) failed(error, record)
    },
    PAUSE_MS_MAX,
  )
  return appended
}
