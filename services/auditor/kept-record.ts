/** Records that outlive the reading of the batch they came in. */
import type { Headers, LogRecord } from '../platform/ports.ts'

/** A copy of a record: its bytes are views into a whole fetch, which would be kept with them. */
export function keptRecord(record: LogRecord): LogRecord {
  const { key, value } = record
  const headers: Record<string, Headers[string]> = {}
  for (const [name, header] of Object.entries(record.headers)) {
    headers[name] = header instanceof Uint8Array ? Buffer.from(header) : header.map(copy)
  }
  return {
    ...record,
    key: key === null ? null : copy(key),
    value: value === null ? null : copy(value),
    headers,
  }
}

const copy = (bytes: Uint8Array): Uint8Array => Buffer.from(bytes)
