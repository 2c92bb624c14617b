/**
 * One produce request with an answer for each partition. kafkajs throws for the whole request when one
 * partition fails, which makes its callers append the others twice; here the answer is read as it came.
 */
import type { Broker, Message } from 'kafkajs'
import protocolErrors from 'kafkajs/src/protocol/error.js'
import { CrosspointError } from '../../errors.ts'
import type { Outgoing } from './outgoing.ts'
import type { Part } from './send-queue.ts'
import type { Wire } from './wire.ts'

/** How long a broker waits for its replicas before it answers; below the request timeout. */
const SERVER_WAIT_MS = 3000
const PRODUCE_API_KEY = 0

export type Outcome =
  | { readonly ok: true; readonly baseOffset: number; readonly appendedAt: number }
  | { readonly ok: false; readonly error: Error }

interface Protocol {
  readonly request: unknown
  readonly response: { decode(data: Buffer): Promise<unknown>; parse(data: unknown): unknown }
}
type LookupRequest = (apiKey: number, definition: unknown) => (payload: unknown) => Protocol

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

const unparsed = new WeakSet<LookupRequest>()

/** kafkajs sets a broker's `lookupRequest` at every connect, so this is looked at before each request. */
function keepAnswersWhole(broker: Broker & { lookupRequest?: LookupRequest }): void {
  const lookup = broker.lookupRequest
  if (lookup === undefined || unparsed.has(lookup)) {
    return
  }
  const wrapped: LookupRequest = (apiKey, definition) => {
    const create = lookup(apiKey, definition)
    if (apiKey !== PRODUCE_API_KEY) {
      return create
    }
    return (payload) => {
      const { request, response } = create(payload)
      const parse = (data: unknown) => Promise.resolve(data)
      return { request, response: { decode: (data) => response.decode(data), parse } }
    }
  }
  unparsed.add(wrapped)
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
  keepAnswersWhole(broker)
  const answer = (await broker.produce({
    acks: -1,
    timeout: SERVER_WAIT_MS,
    topicData: topicData(wire, parts),
  })) as ProduceAnswer
  return parts.map((part) => {
    const answered = answer.topics
      .filter(({ topicName }) => topicName === wire.names.physical(part.topic))
      .flatMap(({ partitions }) => partitions)
      .find(({ partition }) => partition === part.partition)
    return outcome(part, answered)
  })
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

function topicData(wire: Wire, parts: readonly Part<Outgoing>[]) {
  const byTopic = new Map<string, { partition: number; messages: Message[] }[]>()
  for (const { topic, partition, entries } of parts) {
    const physical = wire.names.physical(topic)
    const partitions = byTopic.get(physical) ?? []
    partitions.push({ partition, messages: entries.map(({ item }) => item.message) })
    byTopic.set(physical, partitions)
  }
  return [...byTopic].map(([topic, partitions]) => ({ topic, partitions }))
}
