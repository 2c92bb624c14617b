/** Records that were read and let go of, read again: hardly any ever is, so each is asked for by itself. */
import type { LogRecord, LogReader } from '../platform/ports.ts'
import { copyOf } from '../platform/record-copy.ts'
import type { AuditedTopic } from './core/memory.ts'

/** The records at these offsets of a partition that are still there, in that order. Rejects as reading does. */
export async function recall(
  reader: LogReader,
  topic: AuditedTopic,
  partition: number,
  offsets: readonly number[],
): Promise<readonly LogRecord[]> {
  const found: LogRecord[] = []
  for (const offset of offsets) {
    const at = (place: number) => {
      const places: number[] = []
      places[partition] = place
      return { offsets: new Map([[topic, places]]) }
    }
    const which = { topics: [topic], partitions: [partition], from: at(offset) }
    await reader.read({ ...which, until: at(offset + 1) }, ({ records }) => {
      for (const record of records) if (record.offset === offset) found.push(copyOf(record))
    })
  }
  return found
}
