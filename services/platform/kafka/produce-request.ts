/**
 * One produce request with an answer for each partition. kafkajs throws for the whole request when one
 * partition fails, which makes its callers append the others twice; here the answer is read as it came,
 * and the request is written in one piece (produce-format.ts).
 */
import type { Broker } from 'kafkajs'
import protocolErrors from 'kafkajs/src/protocol/error.js'
import { CrosspointError } from '../../errors.ts'
import { callBroker } from './call.ts'
import type { Outgoing } from './outgoing.ts'
import {
  decodeProduced,
  encodeProduce,
  PRODUCE,
  type Produced,
  type ProducePart,
  type ProduceRequest,
} from './produce-format.ts'
import type { Part } from './send-queue.ts'
import type { Wire } from './wire.ts'

/** How long a broker waits for its replicas before it answers; below the request timeout. */
const SERVER_WAIT_MS = 3000

export type Outcome =
  | { readonly ok: true; readonly baseOffset: number; readonly appendedAt: number }
  | { readonly ok: false; readonly error: Error }

/**
 * Sends the parts to a leader with acks=all. Resolves with one outcome a part, in their order; rejects
 * when the request as a whole got no answer.
 */
export async function produceOnce(
  wire: Wire,
  broker: Broker,
  parts: readonly Part<Outgoing>[],
): Promise<Outcome[]> {
  const request = { acks: -1, timeoutMs: SERVER_WAIT_MS, topics: topicsOf(wire, parts) }
  const { topics } = await callBroker(broker, {
    ...PRODUCE,
    bytes: encodeProduce(request, Date.now()),
    decode: decodeProduced,
  })
  return parts.map((part) =>
    outcome(part, topics.get(wire.names.physical(part.topic))?.get(part.partition)),
  )
}

function outcome(part: Part<Outgoing>, answered: Produced | undefined): Outcome {
  const where = `${part.topic} partition ${part.partition}`
  if (answered === undefined) {
    const error = new CrosspointError('XP_PRODUCE_FAILED', `no answer for ${where}`)
    return { ok: false, error }
  }
  if (answered.errorCode !== 0) {
    return { ok: false, error: protocolErrors.createErrorFromCode(answered.errorCode) }
  }
  const { baseOffset, appendedAt } = answered
  return { ok: true, baseOffset, appendedAt }
}

function topicsOf(wire: Wire, parts: readonly Part<Outgoing>[]): ProduceRequest['topics'] {
  const byTopic = new Map<string, ProducePart[]>()
  for (const { topic, partition, entries } of parts) {
    const physical = wire.names.physical(topic)
    const own = byTopic.get(physical) ?? []
    own.push({ partition, messages: entries.map(({ item }) => item.message) })
    byTopic.set(physical, own)
  }
  return [...byTopic].map(([topic, own]) => ({ topic, parts: own }))
}
