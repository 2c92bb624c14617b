/** From records as they were read to inputs of the core: identity, poison, schemas still unknown. */
import type { CallArrived } from '../../schemas/records.ts'
import { CALL_ID_BYTES_MAX } from '../domain/limits.ts'
import { HEADER } from '../domain/request.ts'
import { traceparentOf } from '../domain/traceparent.ts'
import type { ErrorCode } from '../errors.ts'
import { isAscii } from '../platform/ascii.ts'
import { firstHeader } from '../platform/headers.ts'
import type { Codec, LogRecord } from '../platform/ports.ts'
import type { ArrivalPlace } from './core/request.ts'
import type { Input } from './core/state.ts'

export type ArrivalRead =
  | { readonly kind: 'input'; readonly input: Input }
  /** A dead letter is owed; `input` opens the request that is decided all the same, if any. */
  | {
      readonly kind: 'poison'
      readonly input: Input
      readonly code: ErrorCode
      readonly message: string
    }
  /** `input` holds the request open until the schema was asked for. */
  | { readonly kind: 'held'; readonly input: Input; readonly schemaId: number }

const strict = new TextDecoder('utf-8', { fatal: true })
const REQUEST_NO_MAX = 2 ** 31 - 1

/** Reads one arrival. `bytesMax`: larger ones are not decoded. */
export function readArrival(codec: Codec, record: LogRecord, bytesMax: number): ArrivalRead {
  const { key, value } = record
  if (value !== null && value.length > bytesMax) {
    const message = `the arrival has ${value.length} bytes, at most ${bytesMax} are read`
    return poison(record, 'XP_RECORD_TOO_LARGE', message)
  }
  const decoded = codec.decode('call.arrived', value)
  if (decoded.ok) {
    const { callId, requestNo } = decoded.value
    const problem = keyProblem(key, callId)
    // Whoever wrote another call's id into the value must not have that call decided as unreadable.
    if (problem !== null) return poison(record, problem.code, problem.message)
    const place = placeOf(record, callId, requestNo)
    return { kind: 'input', input: { ...place, type: 'arrived', arrival: decoded.value } }
  }
  if (!decoded.retry) return poison(record, decoded.code, decoded.message)
  const detail = 'the schema registry did not give its schema in time'
  const place = identityOf(record)
  const input = place === null ? passedOver(record) : ({ type: 'held', detail, ...place } as const)
  return { kind: 'held', input, schemaId: decoded.schemaId }
}

/** A held arrival once the registry has answered: its value, or why there will never be one. */
export function readHeld(
  codec: Codec,
  record: LogRecord,
): { readonly arrival: CallArrived } | { readonly code: ErrorCode; readonly message: string } {
  const decoded = codec.decode('call.arrived', record.value)
  if (decoded.ok) {
    return keyProblem(record.key, decoded.value.callId) ?? { arrival: decoded.value }
  }
  if (decoded.retry) return { code: 'XP_SCHEMA_UNKNOWN', message: 'its schema is not known' }
  return { code: decoded.code, message: decoded.message }
}

/** What keeps a readable arrival from being that of its key; null when nothing does. */
function keyProblem(
  key: Uint8Array | null,
  callId: string,
): { readonly code: ErrorCode; readonly message: string } | null {
  if (key === null || key.length === 0) {
    return { code: 'XP_RECORD_KEY_MISMATCH', message: 'the record has no key' }
  }
  if (!isKeyOf(key, callId)) {
    return { code: 'XP_RECORD_KEY_MISMATCH', message: 'the key is not the call id' }
  }
  if (key.length <= CALL_ID_BYTES_MAX) return null
  // Every record about the call repeats its id, more than once: none of them could be appended.
  const message = `the call id has ${key.length} bytes, at most ${CALL_ID_BYTES_MAX} are read`
  return { code: 'XP_RECORD_TOO_LARGE', message }
}

function poison(record: LogRecord, code: ErrorCode, message: string): ArrivalRead {
  const place = identityOf(record)
  const input =
    place === null
      ? passedOver(record)
      : ({ type: 'unreadable', detail: message, ...place } as const)
  return { kind: 'poison', input, code, message }
}

const passedOver = ({ offset, appendedAt }: LogRecord): Input => ({
  type: 'passed-over',
  offset,
  appendedAt,
})

/**
 * Who asks, when the value can't say: key and header; without them a name made of the coordinates,
 * which no readable request can have (its number is negative). Null without any key: nobody asks.
 */
function identityOf(record: LogRecord): ArrivalPlace | null {
  const { key, partition, offset } = record
  if (key === null || key.length === 0) return null
  const callId = key.length > CALL_ID_BYTES_MAX ? null : textOf(key)
  const given = Number(headerText(record, HEADER.requestNo) ?? Number.NaN)
  const valid = Number.isInteger(given) && given > 0 && given <= REQUEST_NO_MAX
  const requestNo = valid ? given : -(offset % REQUEST_NO_MAX) - 1
  return placeOf(record, callId ?? `unreadable-${partition}-${offset}`, requestNo)
}

function placeOf(record: LogRecord, callId: string, requestNo: number): ArrivalPlace {
  const { offset, appendedAt } = record
  const traceparent = traceparentOf(firstHeader(record.headers, HEADER.traceparent))
  return { callId, requestNo, offset, appendedAt, traceparent }
}

export type MarkerRead =
  | { readonly kind: 'marker'; readonly input: Input }
  /** Its writer's schema must be learnt before it is known whether it is a decision. */
  | { readonly kind: 'unknown'; readonly schemaId: number }
  /** Not a readable decision: the auditor writes its dead letter. */
  | { readonly kind: 'none' }

/** Schema ids by which a record of call.routed was read: its headers may be believed. */
export type RoutedSchemas = Set<number>

export type Marker = Extract<Input, { readonly type: 'marker' }>

const NO_MARKER: MarkerRead = { kind: 'none' }

/**
 * A decision as a marker. By the reader's rule (design §4.1) it must be readable, so its value is
 * decoded. Where `believed` says so of what the headers tell, they suffice (design §2), provided that
 * key and header name the same call and the value's schema is of decisions.
 */
export function readMarker(
  codec: Codec,
  record: LogRecord,
  known: RoutedSchemas,
  believed: (marker: Marker) => boolean,
): MarkerRead {
  const { key, value, appendedAt } = record
  const schemaId = schemaIdOf(value)
  if (known.has(schemaId)) {
    const input = markerOfHeaders(record)
    if (input !== null && believed(input)) return { kind: 'marker', input }
  }
  const decoded = codec.decode('call.routed', value)
  if (!decoded.ok) return decoded.retry ? { kind: 'unknown', schemaId } : NO_MARKER
  const { callId, requestNo, decisionId, decidedAt } = decoded.value
  if (!isKeyOf(key, callId)) return NO_MARKER
  known.add(schemaId)
  const input = { type: 'marker', callId, requestNo, decisionId, decidedAt, appendedAt } as const
  return { kind: 'marker', input }
}

/** Of the Confluent wire format; -1: it is none, and decoding will say so. */
function schemaIdOf(value: Uint8Array | null): number {
  if (value === null || value.length < 6 || value[0] !== 0) return -1
  return new DataView(value.buffer, value.byteOffset).getUint32(1)
}

function markerOfHeaders(record: LogRecord): Marker | null {
  const callId = headerText(record, HEADER.callId)
  const requestNo = Number(headerText(record, HEADER.requestNo) ?? Number.NaN)
  const decidedAt = Number(headerText(record, HEADER.decidedAt) ?? Number.NaN)
  const decisionId = headerText(record, HEADER.decisionId)
  const whole = Number.isInteger(requestNo) && Number.isFinite(decidedAt)
  if (callId === null || decisionId === null || !whole || !isKeyOf(record.key, callId)) return null
  const { appendedAt } = record
  return { type: 'marker', callId, requestNo, decisionId, decidedAt, appendedAt }
}

/** True when a record's key is this call id in UTF-8. */
export function isKeyOf(key: Uint8Array | null, callId: string): boolean {
  return key !== null && (isAscii(key, callId) || textOf(key) === callId)
}

function textOf(bytes: Uint8Array): string | null {
  try {
    return strict.decode(bytes)
  } catch {
    return null
  }
}

function headerText(record: LogRecord, name: string): string | null {
  const bytes = firstHeader(record.headers, name)
  return bytes === null ? null : textOf(bytes)
}
