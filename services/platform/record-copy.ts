/** Records that outlive the reading of the batch they came in. */
import type { Headers, LogRecord } from './ports.ts'

/**
 * The same record in memory of its own: its bytes are views into a whole fetch, which would be kept with
 * them. Headers are copied by name, since a record that was read makes them when it is asked.
 */
export function copyOf(record: LogRecord): LogRecord {
  const { topic, partition, offset, appendedAt, key, value } = record
  const headers: Record<string, Headers[string]> = {}
  for (const [name, header] of Object.entries(record.headers)) {
    headers[name] = header instanceof Uint8Array ? copy(header) : header.map(copy)
  }
  return {
    topic,
    partition,
    offset,
    appendedAt,
    key: key === null ? null : copy(key),
    value: value === null ? null : copy(value),
    headers,
  }
}

/** Of a size of its own: a pooled one would keep its pool. */
const copy = (bytes: Uint8Array): Buffer => Buffer.from(new Uint8Array(bytes).buffer)
