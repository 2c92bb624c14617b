/** From records as they were read to inputs of the core, or to what is in the way of that. */
import type { CallRouted } from '../../schemas/records.ts'
import type { ErrorCode } from '../errors.ts'
import { isAscii } from '../platform/ascii.ts'
import { decodeOnce } from '../platform/decode-once.ts'
import type { Codec, LogRecord } from '../platform/ports.ts'
import type { Answer, AuditedTopic, Routed } from './core/memory.ts'
import type { AuditInput } from './core/partition.ts'

export const isRouted = (input: AuditInput | null): input is Extract<AuditInput, Routed> =>
  input?.type === 'routed'

export const isAnswer = (input: AuditInput | null): input is Extract<AuditInput, Answer> =>
  input?.type === 'lookup'

export type Read =
  | { readonly kind: 'input'; readonly input: AuditInput }
  | { readonly kind: 'learn'; readonly schemaId: number }
  | { readonly kind: 'refuse'; readonly code: ErrorCode; readonly message: string }

const text = new TextDecoder()

const isKeyOf = (key: Uint8Array, callId: string): boolean =>
  isAscii(key, callId) || text.decode(key) === callId

/** `freshFrom`: the first offset of the topic that was not audited before. */
export function readInput(
  codec: Codec,
  { topic, freshFrom }: { readonly topic: AuditedTopic; readonly freshFrom: number },
  record: LogRecord,
): Read {
  // A record makes its key anew for each look, and its value, which only a decision that is kept needs.
  const { partition, offset, appendedAt, key } = record
  const at = { partition, offset, appendedAt, fresh: offset >= freshFrom }
  const decoded = decodeOnce(codec, topic, record)
  if (!decoded.ok) {
    if (decoded.retry) return { kind: 'learn', schemaId: decoded.schemaId }
    return { kind: 'refuse', code: decoded.code, message: decoded.message }
  }
  if (key === null || !isKeyOf(key, decoded.value.callId)) {
    const message = key === null ? 'the record has no key' : 'the key is not the call id'
    return { kind: 'refuse', code: 'XP_RECORD_KEY_MISMATCH', message }
  }
  if ('decisionId' in decoded.value) {
    const keep = () => kept(codec, record.value)
    return { kind: 'input', input: { ...at, type: 'routed', decision: decoded.value, keep } }
  }
  return { kind: 'input', input: { ...at, type: 'lookup', lookup: decoded.value } }
}

/**
 * A decision as its bytes: they take a quarter of the room. As a text, a byte a character, since most wait for
 * less than a second: that lies among what is young and goes with it, where a copy of bytes would be a piece
 * of malloc's and three objects (DESIGN.md, "Memory and start").
 */
function kept(codec: Codec, value: Uint8Array | null): () => CallRouted {
  const { buffer, byteOffset, length } = value ?? NO_BYTES
  const bytes = Buffer.from(buffer, byteOffset, length).toString('latin1')
  return () => {
    const decoded = codec.decode('call.routed', Buffer.from(bytes, 'latin1'))
    if (!decoded.ok) throw new Error('a decision that was read can not be read again')
    return decoded.value
  }
}

const NO_BYTES = new Uint8Array(0)
