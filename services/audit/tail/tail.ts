/** Follows the audit topics and tells each record as a line. */
import type { ReadOptions } from '../../platform/ports.ts'
import { type DecodedSource, readRecords, type ReadRecord } from '../read-records.ts'
import { rememberLatest } from '../remember.ts'
import { decisionLine, fallbackLine, lateLine } from './lines.ts'
import { orderByTime } from './order.ts'

const REMEMBERED_MAX = 100_000
/** Several fetches of every partition. */
const HELD_MAX = 200_000

export interface TailOptions extends Omit<ReadOptions, 'topics'> {
  /** Tell every decision, not only reasons and late answers. */
  readonly decisions: boolean
  readonly json: boolean
}

/**
 * Prints a line per record, repeats of a record only once as long as its id is remembered; in order of
 * time where there is an end to read to, else as they come. Resolves at the end, or when aborted.
 */
export async function tail(
  source: DecodedSource,
  { decisions, json, ...range }: TailOptions,
  print: (line: string) => void,
): Promise<void> {
  const told = rememberLatest(REMEMBERED_MAX)
  const reasons = ['audit.fallback', 'audit.late'] as const
  const topics = decisions ? (['audit.decision', ...reasons] as const) : reasons
  const order = range.until === 'end' ? orderByTime(HELD_MAX, print) : null
  await readRecords(source, { ...range, topics }, (read) => {
    const id = idOf(read)
    if (id === null || !told(id)) return
    const line = json ? JSON.stringify({ topic: read.topic, ...read.value }) : lineOf(read)
    if (order === null) print(line)
    else order.add(timeOf(read), line)
  })
  order?.end()
}

/** The time that its line tells. */
function timeOf({ topic, value, record }: ReadRecord): number {
  const dated = topic === 'audit.fallback' || topic === 'audit.decision' ? value : null
  return dated?.appendedAt ?? record.appendedAt
}

function idOf(read: ReadRecord): string | null {
  if (read.value === null) return null
  if (read.topic === 'audit.decision') return `${read.value.decisionId} ${read.value.effective}`
  return read.topic === 'audit.fallback' || read.topic === 'audit.late' ? read.value.eventId : null
}

function lineOf(read: ReadRecord): string {
  if (read.value === null) return ''
  if (read.topic === 'audit.fallback') return fallbackLine(read.value)
  if (read.topic === 'audit.decision') return decisionLine(read.value)
  return read.topic === 'audit.late' ? lateLine(read.value, read.record.appendedAt) : ''
}
