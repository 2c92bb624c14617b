/** A record on its way to a broker, and how it ends. */
import { CrosspointError } from '../../errors.ts'
import type { LogTopic } from '../../topology.ts'
import type { Ack, OutRecord } from '../ports.ts'
import { coded, protocolError } from './failure.ts'
import type { Part } from './send-queue.ts'

/** A record in bytes. */
export interface OutMessage {
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly headers: readonly (readonly [name: string, value: Uint8Array])[]
}

export interface Outgoing {
  readonly message: OutMessage
  readonly topic: LogTopic
  readonly askedAtMs: number
  attempts: number
  readonly resolve: (ack: Ack) => void
  readonly reject: (error: CrosspointError) => void
}

const RECORD_OVERHEAD_BYTES = 80
const TOO_LARGE = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE'])
const KEPT_CODES = new Set(['XP_BROKER_AUTH', 'XP_TOPIC_MISSING', 'XP_PRODUCE_FAILED'])

export function toMessage({ key, value, headers = {} }: OutRecord): OutMessage {
  const held: (readonly [name: string, value: Uint8Array])[] = []
  for (const name of Object.keys(headers)) {
    const given = headers[name] ?? []
    if (typeof given === 'string' || given instanceof Uint8Array) held.push([name, asBytes(given)])
    else for (const one of given) held.push([name, asBytes(one)])
  }
  return { key: key === null ? null : asBytes(key), value, headers: held }
}

const asBytes = (given: string | Uint8Array): Uint8Array =>
  typeof given === 'string' ? Buffer.from(given) : given

/** About as many bytes as a record takes in a request, for limits. */
export function sizeOf({ key, value, headers }: OutMessage): number {
  let bytes = RECORD_OVERHEAD_BYTES + (key?.length ?? 0) + (value?.length ?? 0)
  for (const [name, held] of headers) bytes += name.length + held.length + 4
  return bytes
}

/** Rejects all records of a part with the code that fits. */
export function giveUp(part: Part<Outgoing>, error: unknown): void {
  const doing = `appending to ${part.topic} partition ${part.partition}`
  for (const { item, bytes } of part.entries) {
    if (TOO_LARGE.has(protocolError(error) ?? '')) {
      item.reject(tooLarge(part.topic, bytes))
      continue
    }
    const problem = coded(error, doing, 'XP_PRODUCE_FAILED')
    const { message, cause } = problem
    const kept = KEPT_CODES.has(problem.code)
    item.reject(kept ? problem : new CrosspointError('XP_PRODUCE_FAILED', message, { cause }))
  }
}

export function tooLarge(topic: LogTopic, bytes: number): CrosspointError {
  return new CrosspointError('XP_RECORD_TOO_LARGE', `a record of ${bytes} bytes for ${topic}`)
}
