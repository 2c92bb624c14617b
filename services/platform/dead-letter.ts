/** Dead letters: the bytes untouched, and headers that say where they stood and why they are here. */
import type { ErrorCode } from '../errors.ts'
import type { TopicName } from '../topology.ts'
import type { LogRecord, OutRecord } from './ports.ts'

export interface DeadLetterReason {
  readonly code: ErrorCode
  /** Safe text: says what is wrong with the record, never what it holds. */
  readonly message: string
  /** Who could not read it, as `program/instance`. */
  readonly service: string
}

/**
 * The record to append to `<topic>.dlt`, in the partition the original stood in. Key, value and the
 * original's own headers are kept; ours are added with the prefix `dlt-`.
 */
export function deadLetter(record: LogRecord, reason: DeadLetterReason): OutRecord {
  return {
    topic: `${record.topic as TopicName}.dlt`,
    partition: record.partition,
    key: record.key,
    value: record.value,
    headers: {
      ...record.headers,
      'dlt-topic': record.topic,
      'dlt-partition': String(record.partition),
      'dlt-offset': String(record.offset),
      'dlt-timestamp': String(record.appendedAt),
      'dlt-code': reason.code,
      'dlt-message': reason.message,
      'dlt-service': reason.service,
    },
  }
}
