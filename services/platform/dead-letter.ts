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

/** Carried by a letter that lacks something: the bytes of key, value and headers it would have had. */
export const TRUNCATED_HEADER = 'dlt-truncated'

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

/** What a reduced letter keeps: together far below the smallest limit a topic is given. */
const KEY_BYTES_KEPT = 1024
const VALUE_BYTES_KEPT = 64 * 1024
const HEADERS_BYTES_KEPT = 8 * 1024

const OURS: ReadonlySet<string> = new Set(
  ['topic', 'partition', 'offset', 'timestamp', 'code', 'message', 'service'].map(
    (name) => `dlt-${name}`,
  ),
)

type Header = NonNullable<OutRecord['headers']>[string]

/**
 * The same letter for when the broker refuses the whole one as too large (XP_RECORD_TOO_LARGE): one
 * that is never written would hold up its partition for ever. The value is cut, a long key and what
 * the original's headers have beyond some KiB are left out, and `dlt-truncated` tells the size it had.
 * The whole record stays where `dlt-topic` and `dlt-offset` say, as long as that topic keeps it.
 */
export function reducedLetter(letter: OutRecord): OutRecord {
  const { key, value } = letter
  const headers = letter.headers ?? {}
  const all = Object.entries(headers)
  const headerBytes = all.reduce((sum, [name, header]) => sum + sizeOf(name) + sizeOf(header), 0)
  const kept: Record<string, Header> = {}
  let left = HEADERS_BYTES_KEPT
  for (const [name, header] of all) {
    const bytes = sizeOf(name) + sizeOf(header)
    if (OURS.has(name)) kept[name] = header
    else if (bytes <= left) {
      kept[name] = header
      left -= bytes
    }
  }
  const bytes = (key === null ? 0 : sizeOf(key)) + (value?.length ?? 0) + headerBytes
  return {
    ...letter,
    key: key === null || sizeOf(key) > KEY_BYTES_KEPT ? null : key,
    value: value?.subarray(0, VALUE_BYTES_KEPT) ?? null,
    headers: { ...kept, [TRUNCATED_HEADER]: String(bytes) },
  }
}

function sizeOf(part: Header): number {
  if (typeof part === 'string') return Buffer.byteLength(part)
  if (part instanceof Uint8Array) return part.length
  return part.reduce((sum, one) => sum + one.length, 0)
}
