/**
 * Appending. kafkajs sends every `send` by itself and retries whole requests across leaders; here the
 * records of one turn of the event loop share a request per leader, and a slow leader is waited for
 * by its own partitions only (design §4.11).
 */
import type { Message } from 'kafkajs'
import { CrosspointError } from '../../errors.ts'
import type { LogTopic } from '../../topology.ts'
import type { Ack, LogProducer, OutRecord } from '../ports.ts'
import type { KafkaOptions } from './connection.ts'
import { coded, isTransient, protocolError } from './failure.ts'
import { createSendQueue, type Limits, type Part } from './send-queue.ts'
import { mend, openWire, pause, type Wire } from './wire.ts'

export interface ProducerSettings extends Limits {
  /** Requests under way at a time for each leader, of different partitions. */
  readonly inFlightPerLeader: number
  /** From `append` to giving up. Below half of the horizon: later records would be void anyway. */
  readonly deliverWithinMs: number
  /** Larger records are refused here; the brokers' own limit is usually 1 MiB. */
  readonly recordLimitBytes: number
}

export const PRODUCER_DEFAULTS: ProducerSettings = {
  recordsPerPartition: 500,
  bytesPerRequest: 900_000,
  inFlightPerLeader: 4,
  deliverWithinMs: 20_000,
  recordLimitBytes: 1_000_000,
}

const FIRST_BACKOFF_MS = 30
const LONGEST_BACKOFF_MS = 500
/** How long a broker waits for its replicas before it answers; below the request timeout. */
const SERVER_WAIT_MS = 3000
/** A topic that no broker knows does not come back by waiting. */
const TOPIC_MISSING_WITHIN_MS = 5000
const RECORD_OVERHEAD_BYTES = 80

const TOO_LARGE = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE', 'INVALID_RECORD'])

interface Outgoing {
  readonly message: Message
  readonly topic: LogTopic
  readonly askedAtMs: number
  attempts: number
  readonly resolve: (ack: Ack) => void
  readonly reject: (error: CrosspointError) => void
}

interface ProduceAnswer {
  readonly topics: readonly {
    readonly topicName: string
    readonly partitions: readonly {
      readonly partition: number
      readonly baseOffset: string
      readonly logAppendTime: string
    }[]
  }[]
}

/** Opens a producer with connections of its own. Rejects with XP_BROKER_… when no broker answers. */
export async function openProducer(
  options: KafkaOptions,
  purpose: string,
  settings: ProducerSettings = PRODUCER_DEFAULTS,
): Promise<LogProducer> {
  const wire = await openWire(options, purpose)
  return createProducer(wire, options, settings)
}

function createProducer(
  wire: Wire,
  { clock, logger }: KafkaOptions,
  settings: ProducerSettings,
): LogProducer {
  const queue = createSendQueue<Outgoing>()
  const inFlight = new Map<string, number>()
  let underWay = 0
  let flushPlanned = false
  let closed = false
  let idle = (): void => undefined
  /** Topics whose leaders are being looked up, so that each is asked for once. */
  const learning = new Set<LogTopic>()

  function planFlush(): void {
    if (!flushPlanned) {
      flushPlanned = true
      setImmediate(flush)
    }
  }

  function flush(): void {
    flushPlanned = false
    const byLeader = new Map<string, { topic: LogTopic; partition: number }[]>()
    for (const lane of queue.ready(clock.nowMs())) {
      const leader = wire.leader(lane.topic, lane.partition)
      if (leader === undefined) {
        void learn(lane.topic)
      } else {
        const lanes = byLeader.get(leader) ?? []
        lanes.push(lane)
        byLeader.set(leader, lanes)
      }
    }
    for (const [leader, lanes] of byLeader) {
      if ((inFlight.get(leader) ?? 0) < settings.inFlightPerLeader) {
        const parts = queue.take(lanes, settings)
        void send(leader, parts)
        if (parts.length < lanes.length) {
          planFlush()
        }
      }
    }
  }

  /** Learns a topic's leaders, then lets its records travel; gives them up when there is no way. */
  async function learn(topic: LogTopic): Promise<void> {
    if (learning.has(topic)) {
      return
    }
    learning.add(topic)
    let error: unknown
    try {
      await wire.know([topic])
      const known = wire.partitions(topic).length
      error = known === 0 ? new CrosspointError('XP_TOPIC_MISSING', `no leader of ${topic}`) : null
    } catch (problem) {
      error = problem
    }
    learning.delete(topic)
    const lanes = queue.ready(clock.nowMs()).filter((lane) => lane.topic === topic)
    for (const lane of lanes) {
      if (wire.leader(topic, lane.partition) === undefined) {
        for (const part of queue.take([lane], settings)) {
          retry(part, error ?? new CrosspointError('XP_TOPIC_MISSING', noLeader(part)), false)
        }
      }
    }
    planFlush()
  }

  async function send(leader: string, parts: readonly Part<Outgoing>[]): Promise<void> {
    inFlight.set(leader, (inFlight.get(leader) ?? 0) + 1)
    underWay += 1
    try {
      const broker = await wire.cluster.findBroker({ nodeId: leader })
      const request = broker.produce({
        acks: -1,
        timeout: SERVER_WAIT_MS,
        topicData: topicData(parts, wire),
      })
      const sentAtHostMs = clock.nowMs()
      const answer = (await request) as ProduceAnswer
      const times = { sentAtHostMs, ackedAtHostMs: clock.nowMs() }
      for (const part of parts) {
        queue.done(part)
        acknowledge(part, wire.names.physical(part.topic), answer, times)
      }
    } catch (error) {
      await handleFailure(parts, error)
    } finally {
      inFlight.set(leader, (inFlight.get(leader) ?? 1) - 1)
      underWay -= 1
      planFlush()
      if (underWay === 0 && queue.size() === 0) {
        idle()
      }
    }
  }

  async function handleFailure(parts: readonly Part<Outgoing>[], error: unknown): Promise<void> {
    const transient = isTransient(error)
    logger.debug({ parts: parts.length, transient, error: String(error) }, 'append failed')
    const records = parts.reduce((sum, { entries }) => sum + entries.length, 0)
    for (const part of parts) {
      if (transient) {
        retry(part, error, false)
      } else if (records > 1) {
        // The broker names no culprit: each record travels alone, and the bad ones fail by themselves.
        retry(part, error, true)
      } else {
        queue.done(part)
        giveUp(part, error)
      }
    }
    if (transient) {
      await mend(wire.cluster, error)
      await wire.know([...new Set(parts.map(({ topic }) => topic))]).catch(() => undefined)
    }
  }

  /** Sends a part again after a pause, without what has waited too long. */
  function retry(part: Part<Outgoing>, error: unknown, singly: boolean): void {
    const nowMs = clock.nowMs()
    const missing = protocolError(error) === 'UNKNOWN_TOPIC_OR_PARTITION'
    const limitMs = missing ? TOPIC_MISSING_WITHIN_MS : settings.deliverWithinMs
    const final = !singly && !isTransient(error)
    const late = part.entries.filter(({ item }) => final || nowMs - item.askedAtMs >= limitMs)
    const again = part.entries.filter((entry) => !late.includes(entry))
    for (const { item } of again) {
      item.attempts += 1
    }
    const attempts = Math.max(1, ...again.map(({ item }) => item.attempts))
    const backoffMs = singly ? 0 : Math.min(FIRST_BACKOFF_MS * 2 ** attempts, LONGEST_BACKOFF_MS)
    queue.back({ ...part, entries: again }, nowMs + backoffMs, singly)
    giveUp({ ...part, entries: late }, error)
    clock.after(backoffMs, planFlush)
  }

  return {
    append(record) {
      const { topic, partition } = record
      const message = toMessage(record)
      const bytes = sizeOf(message)
      if (closed) {
        return Promise.reject(new CrosspointError('XP_CLOSED', `appending to ${topic} after close`))
      }
      if (bytes > settings.recordLimitBytes) {
        return Promise.reject(tooLarge(topic, bytes))
      }
      return new Promise<Ack>((resolve, reject) => {
        const item = { message, topic, askedAtMs: clock.nowMs(), attempts: 0, resolve, reject }
        queue.push(topic, partition, { item, bytes })
        planFlush()
      })
    },
    async close(timeoutMs) {
      closed = true
      if (underWay > 0 || queue.size() > 0) {
        const done = new Promise<void>((resolve) => {
          idle = resolve
        })
        await Promise.race([done, pause(timeoutMs)])
      }
      for (const { item } of queue.drain()) {
        item.reject(
          new CrosspointError('XP_CLOSED', `the producer closed before ${item.topic} got it`),
        )
      }
      await wire.close()
    },
  }
}

function acknowledge(
  part: Part<Outgoing>,
  physical: string,
  answer: ProduceAnswer,
  times: Pick<Ack, 'sentAtHostMs' | 'ackedAtHostMs'>,
): void {
  const answered = answer.topics
    .find(({ topicName }) => topicName === physical)
    ?.partitions.find(({ partition }) => partition === part.partition)
  const appendedAt = Number(answered?.logAppendTime ?? -1)
  const baseOffset = Number(answered?.baseOffset ?? -1)
  part.entries.forEach(({ item }, index) => {
    if (appendedAt < 0 || baseOffset < 0) {
      const message = `${part.topic} does not stamp records with the broker's append time`
      item.reject(new CrosspointError('XP_TOPIC_MISMATCH', message))
    } else {
      item.resolve({ offset: baseOffset + index, appendedAt, ...times })
    }
  })
}

function giveUp(part: Part<Outgoing>, error: unknown): void {
  const doing = `appending to ${part.topic} partition ${part.partition}`
  for (const { item, bytes } of part.entries) {
    const large = TOO_LARGE.has(protocolError(error) ?? '')
    const problem = coded(error, doing, 'XP_PRODUCE_FAILED')
    const known = ['XP_BROKER_AUTH', 'XP_TOPIC_MISSING', 'XP_PRODUCE_FAILED'].includes(problem.code)
    item.reject(
      large
        ? tooLarge(part.topic, bytes)
        : known
          ? problem
          : new CrosspointError('XP_PRODUCE_FAILED', problem.message, { cause: error }),
    )
  }
}

function tooLarge(topic: LogTopic, bytes: number): CrosspointError {
  return new CrosspointError('XP_RECORD_TOO_LARGE', `a record of ${bytes} bytes for ${topic}`)
}

function noLeader({ topic, partition }: { topic: LogTopic; partition: number }): string {
  return `${topic} has no partition ${partition}, or it has no leader`
}

function topicData(parts: readonly Part<Outgoing>[], { names }: Wire) {
  const byTopic = new Map<string, { partition: number; messages: Message[] }[]>()
  for (const { topic, partition, entries } of parts) {
    const physical = names.physical(topic)
    const partitions = byTopic.get(physical) ?? []
    partitions.push({ partition, messages: entries.map(({ item }) => item.message) })
    byTopic.set(physical, partitions)
  }
  return [...byTopic].map(([topic, partitions]) => ({ topic, partitions }))
}

function asBuffer(bytes: string | Uint8Array): Buffer {
  return typeof bytes === 'string'
    ? Buffer.from(bytes)
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function toMessage({ key, value, headers }: OutRecord): Message {
  const encoded = Object.entries(headers ?? {}).map(([name, held]): [string, Buffer | Buffer[]] =>
    typeof held === 'string' || held instanceof Uint8Array
      ? [name, asBuffer(held)]
      : [name, held.map(asBuffer)],
  )
  return {
    key: key === null ? null : asBuffer(key),
    value: value === null ? null : asBuffer(value),
    headers: Object.fromEntries(encoded),
  }
}

function sizeOf({ key, value, headers }: Message): number {
  let bytes = RECORD_OVERHEAD_BYTES + (key?.length ?? 0) + (value?.length ?? 0)
  for (const [name, held] of Object.entries(headers ?? {})) {
    const values = Array.isArray(held) ? held : [held ?? '']
    bytes += values.reduce((sum, one) => sum + name.length + one.length + 4, 0)
  }
  return bytes
}
