/**
 * One produce request with an answer for each partition. kafkajs throws for the whole request when one
 * partition fails, which makes its callers append the others twice; here the answer is read as it came,
 * and the request is written in one piece (produce-format.ts).
 */
import type { Broker } from 'kafkajs'
import Encoder from 'kafkajs/src/protocol/encoder.js'
import protocolErrors from 'kafkajs/src/protocol/error.js'
import { CrosspointError } from '../../errors.ts'
import type { Outgoing } from './outgoing.ts'
import { encodeProduce, type ProducePart, type ProduceRequest } from './produce-format.ts'
import type { Part } from './send-queue.ts'
import type { Wire } from './wire.ts'

/** How long a broker waits for its replicas before it answers; below the request timeout. */
const SERVER_WAIT_MS = 3000
const PRODUCE_API_KEY = 0

export type Outcome =
  | { readonly ok: true; readonly baseOffset: number; readonly appendedAt: number }
  | { readonly ok: false; readonly error: Error }

interface Protocol {
  readonly request: { readonly encode: () => Promise<Encoder> }
  readonly response: { decode(data: Buffer): Promise<unknown>; parse(data: unknown): unknown }
}
/** What `broker.produce` was given; kafkajs passes it on as it is. */
interface Payload {
  readonly acks: number
  readonly timeout: number
  readonly topicData: ProduceRequest['topics']
}
type LookupRequest = (apiKey: number, definition: unknown) => (payload: Payload) => Protocol

interface PartitionAnswer {
  readonly partition: number
  readonly errorCode: number
  readonly baseOffset: string
  readonly logAppendTime: string
}
interface ProduceAnswer {
  readonly topics: readonly {
    readonly topicName: string
    readonly partitions: readonly PartitionAnswer[]
  }[]
}

/** kafkajs takes bytes from an encoder of its own only. */
function inEncoder(bytes: Buffer): Encoder {
  const encoder = new Encoder(1)
  encoder.buf = bytes
  encoder.offset = bytes.length
  return encoder
}

const ours = new WeakSet<LookupRequest>()

/** kafkajs sets a broker's `lookupRequest` at every connect, so this is looked at before each request. */
function encodeOurselves(broker: Broker & { lookupRequest?: LookupRequest }): void {
  const lookup = broker.lookupRequest
  if (lookup === undefined || ours.has(lookup)) {
    return
  }
  const wrapped: LookupRequest = (apiKey, definition) => {
    const create = lookup(apiKey, definition)
    if (apiKey !== PRODUCE_API_KEY) {
      return create
    }
    return (payload) => {
      const { request, response } = create(payload)
      const { acks, timeout: timeoutMs, topicData: topics } = payload
      const encode = async () => inEncoder(encodeProduce({ acks, timeoutMs, topics }, Date.now()))
      const parse = (data: unknown) => Promise.resolve(data)
      return {
        request: { ...request, encode },
        response: { decode: (data) => response.decode(data), parse },
      }
    }
  }
  ours.add(wrapped)
  broker.lookupRequest = wrapped
}

/**
 * Sends the parts to a leader with acks=all. Resolves with one outcome a part, in their order; rejects
 * when the request as a whole got no answer.
 */
export async function produceOnce(
  wire: Wire,
  broker: Broker,
  parts: readonly Part<Outgoing>[],
): Promise<Outcome[]> {
  encodeOurselves(broker)
  const topicData = topicsOf(wire, parts)
  const asked = broker as unknown as { produce(payload: Payload): Promise<ProduceAnswer> }
  const { topics } = await asked.produce({ acks: -1, timeout: SERVER_WAIT_MS, topicData })
  const answers = new Map(
    topics.map(({ topicName, partitions }) => [
      topicName,
      new Map(partitions.map((one) => [one.partition, one])),
    ]),
  )
  return parts.map((part) =>
    outcome(part, answers.get(wire.names.physical(part.topic))?.get(part.partition)),
  )
}

function outcome(part: Part<Outgoing>, answered: PartitionAnswer | undefined): Outcome {
  const where = `${part.topic} partition ${part.partition}`
  if (answered === undefined) {
    const error = new CrosspointError('XP_PRODUCE_FAILED', `no answer for ${where}`)
    return { ok: false, error }
  }
  if (answered.errorCode !== 0) {
    return { ok: false, error: protocolErrors.createErrorFromCode(answered.errorCode) }
  }
  const appendedAt = Number(answered.logAppendTime)
  return { ok: true, baseOffset: Number(answered.baseOffset), appendedAt }
}

function topicsOf(wire: Wire, parts: readonly Part<Outgoing>[]): Payload['topicData'] {
  const byTopic = new Map<string, ProducePart[]>()
  for (const { topic, partition, entries } of parts) {
    const physical = wire.names.physical(topic)
    const own = byTopic.get(physical) ?? []
    own.push({ partition, messages: entries.map(({ item }) => item.message) })
    byTopic.set(physical, own)
  }
  return [...byTopic].map(([topic, own]) => ({ topic, parts: own }))
}
