/** kafkajs' errors as coded ones. No stack, no payload, nothing of a record's content gets through. */
import { CrosspointError, type ErrorCode } from '../../errors.ts'

/** kafkajs is patched and read below its public surface: another version needs a new look. */
export const KAFKAJS_VERSION = '2.2.4'

/** It does not look below its surface as that version does. */
export const unknownClient = (): CrosspointError =>
  new CrosspointError('XP_BROKER_FAILED', `kafkajs is not version ${KAFKAJS_VERSION}`)

/** What kafkajs hangs on its errors; `type` is Kafka's own name of a protocol error. */
interface KafkaJsFailure {
  readonly name?: string
  readonly type?: string
  readonly code?: string | number
  readonly retriable?: boolean
  readonly message?: string
  readonly cause?: unknown
  readonly errors?: readonly unknown[]
  readonly host?: string
  readonly port?: number
  readonly topic?: string
  readonly partition?: number
}

const DEPTH_LIMIT = 6

/** An error and what caused it, outermost first; kafkajs wraps up to four times. */
export function causes(error: unknown): KafkaJsFailure[] {
  const chain: KafkaJsFailure[] = []
  let next: unknown = error
  while (typeof next === 'object' && next !== null && chain.length < DEPTH_LIMIT) {
    const failure: KafkaJsFailure = next
    chain.push(failure)
    next = failure.cause ?? failure.errors?.[0]
  }
  return chain
}

/** Kafka's name of the protocol error behind an error, when there is one. */
export function protocolError(error: unknown): string | undefined {
  return causes(error).find(({ type }) => typeof type === 'string')?.type
}

const AUTH_TYPES = new Set([
  'TOPIC_AUTHORIZATION_FAILED',
  'GROUP_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
  'SASL_AUTHENTICATION_FAILED',
  'UNSUPPORTED_SASL_MECHANISM',
  'ILLEGAL_SASL_STATE',
])
const UNREACHABLE_NAMES = new Set([
  'KafkaJSConnectionError',
  'KafkaJSConnectionClosedError',
  'KafkaJSRequestTimeoutError',
  'KafkaJSBrokerNotFound',
  'KafkaJSNoBrokerAvailableError',
  'KafkaJSLockTimeout',
  'KafkaJSGroupCoordinatorNotFound',
])

const TLS_WORDS = /certificate|ssl routines|wrong version number/iu

/** The code of what the client only logs, where a person has to mend it; the rest is ridden out. */
export const codeOfWords = (words: string): ErrorCode | undefined =>
  TLS_WORDS.test(words) ? 'XP_BROKER_TLS' : /SASL/u.test(words) ? 'XP_BROKER_AUTH' : undefined

/** The code that tells people what an error of the client means; `otherwise` where none fits better. */
function codeOf(error: unknown, otherwise: ErrorCode): ErrorCode {
  const chain = causes(error)
  const has = (test: (failure: KafkaJsFailure) => boolean) => chain.some(test)
  if (has(({ name, type }) => /SASL/u.test(name ?? '') || AUTH_TYPES.has(type ?? ''))) {
    return 'XP_BROKER_AUTH'
  }
  if (has(({ message }) => TLS_WORDS.test(message ?? ''))) {
    return 'XP_BROKER_TLS'
  }
  if (has(({ type }) => type === 'UNKNOWN_TOPIC_OR_PARTITION')) {
    return 'XP_TOPIC_MISSING'
  }
  if (has(({ type }) => type === 'OFFSET_OUT_OF_RANGE')) {
    return 'XP_OFFSET_OUT_OF_RANGE'
  }
  if (has(({ name }) => name === 'KafkaJSNotImplemented')) {
    return 'XP_CODEC_UNSUPPORTED'
  }
  return has(({ name }) => UNREACHABLE_NAMES.has(name ?? '')) ? 'XP_BROKER_UNREACHABLE' : otherwise
}

/**
 * Wraps whatever the client threw. `doing` begins the message ("reading call.arrived"), the client's
 * own words end it. A CrosspointError passes unchanged.
 */
export function coded(error: unknown, doing: string, otherwise: ErrorCode): CrosspointError {
  if (error instanceof CrosspointError) {
    return error
  }
  const innermost = causes(error).findLast(({ message }) => (message ?? '') !== '')
  const words = innermost?.message ?? String(error)
  return new CrosspointError(codeOf(error, otherwise), `${doing}: ${words}`, { cause: error })
}

const STALE_TYPES = new Set([
  'ILLEGAL_GENERATION',
  'UNKNOWN_MEMBER_ID',
  'REBALANCE_IN_PROGRESS',
  'FENCED_INSTANCE_ID',
])

/** True where a broker says that this member's generation is over. */
export function isStaleMember(error: unknown): boolean {
  return STALE_TYPES.has(protocolError(error) ?? '')
}

/** True where the brokers don't let this user do it, whatever it is that is sent. */
export const isRefused = (error: unknown): boolean =>
  codeOf(error, 'XP_BROKER_FAILED') === 'XP_BROKER_AUTH'

/** True where asking again, perhaps another broker, can help. */
export function isTransient(error: unknown): boolean {
  if (isRefused(error)) {
    return false
  }
  const chain = causes(error)
  const protocol = chain.find(({ type }) => typeof type === 'string')
  if (protocol !== undefined) {
    return protocol.retriable === true || protocol.type === 'NOT_COORDINATOR_FOR_GROUP'
  }
  return chain.some(({ name }) => UNREACHABLE_NAMES.has(name ?? '') || name === 'KafkaJSError')
}
