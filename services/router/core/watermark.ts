/**
 * What a partition may commit on call.arrived (design §4.6): the oldest open record, open meaning
 * undecided, unacknowledged, or with a dead letter still to be written. Its append time T goes into the
 * commit's metadata, so that whoever takes over finds lookups and markers by time.
 */
import { createPrefix } from '../../domain/prefix.ts'

export interface Watermark {
  /** A record was read; `tasks` things must be finished before it may be passed. */
  begin(offset: number, appendedAt: number, tasks: number): void
  /** One of its things is done. */
  finish(offset: number): void
  /** What may be committed; null until something moved since the last call. */
  take(): { readonly offset: number; readonly openSinceMs: number } | null
  readonly size: number
}

export function createWatermark(): Watermark {
  const prefix = createPrefix()
  const tasksLeft = new Map<number, number>()
  return {
    begin(offset, appendedAt, tasks) {
      prefix.begin(offset, appendedAt)
      if (tasks > 1) tasksLeft.set(offset, tasks)
    },
    finish(offset) {
      const left = (tasksLeft.get(offset) ?? 1) - 1
      if (left > 0) {
        tasksLeft.set(offset, left)
        return
      }
      tasksLeft.delete(offset)
      prefix.finish(offset)
    },
    take() {
      const moved = prefix.take()
      return moved === null ? null : { offset: moved.offset, openSinceMs: moved.appendedAt }
    },
    get size() {
      return prefix.size
    },
  }
}
