/** Puts decisions into call.routed, reduced if they must be, and dead letters where they belong. */
import type { Logger } from 'pino'
import type { CallRouted } from '../../schemas/records.ts'
import { HEADER } from '../domain/request.ts'
import { appendUntilDone, isTooLarge } from '../platform/append-until-done.ts'
import type { Ack, Clock, Codec, LogProducer, OutRecord } from '../platform/ports.ts'
import { reduced } from './core/decision.ts'

export interface Publisher {
  /** Resolves with the acknowledgement, or null when the record could not be appended in time. */
  publish(
    partition: number,
    decision: CallRouted,
    traceparent: string | Uint8Array | null,
  ): Promise<Ack | null>
  /**
   * Appends until it is appended, with growing pauses; false only when the router stops or it is
   * wanted no more. A dead letter that is too large is reduced.
   */
  append(record: OutRecord, wanted?: () => boolean): Promise<boolean>
  /** Resolves when nothing is under way, or after so long. */
  drained(timeoutMs: number): Promise<void>
  stop(): void
}

export function createPublisher(options: {
  readonly producer: LogProducer
  readonly codec: Codec
  readonly clock: Clock
  readonly logger: Logger
  readonly recordBytesMax: number
  acknowledged(ack: Ack): void
}): Publisher {
  const { producer, codec, clock, logger } = options
  const life = { stopped: false }
  const tracking = createTracking(clock)

  const encode = (decision: CallRouted): Uint8Array => {
    try {
      const value = codec.encode('call.routed', decision)
      if (value.length <= options.recordBytesMax) return value
      logger.warn({ callId: decision.callId, bytes: value.length }, 'a decision was reduced')
    } catch (error) {
      logger.error({ err: error, callId: decision.callId }, 'a decision does not fit its schema')
    }
    return codec.encode('call.routed', reduced(decision))
  }
  const send = async (record: OutRecord): Promise<Ack> => {
    const ack = await producer.append(record)
    options.acknowledged(ack)
    return ack
  }
  const publish: Publisher['publish'] = async (partition, decision, traceparent) => {
    const headers = headersOf(decision, traceparent)
    const key = decision.callId
    const put = (value: Uint8Array) =>
      send({ topic: 'call.routed', partition, key, value, headers })
    try {
      return await put(encode(decision))
    } catch (error) {
      logger.warn({ err: error, callId: decision.callId }, 'a decision was not appended')
      if (!isTooLarge(error)) return null
    }
    try {
      return await put(codec.encode('call.routed', reduced(decision)))
    } catch (error) {
      logger.error({ err: error, callId: decision.callId }, 'a reduced decision was not appended')
      return null
    }
  }
  const append = (record: OutRecord, wanted: () => boolean): Promise<boolean> =>
    appendUntilDone(record, {
      clock,
      append: send,
      wanted: () => !life.stopped && wanted(),
      failed: (error, { topic }) =>
        logger.warn({ err: error, topic }, 'not appended, trying again'),
    })
  return {
    publish: (partition, decision, traceparent) =>
      tracking.track(publish(partition, decision, traceparent)),
    append: (record, wanted = () => true) => tracking.track(append(record, wanted)),
    drained: tracking.drained,
    stop() {
      life.stopped = true
    },
  }
}

/** Counts what is under way. */
function createTracking(clock: Clock) {
  let underWay = 0
  let onDrained = (): void => undefined
  return {
    async track<T>(work: Promise<T>): Promise<T> {
      underWay += 1
      try {
        return await work
      } finally {
        underWay -= 1
        if (underWay === 0) onDrained()
      }
    },
    drained: (timeoutMs: number): Promise<void> =>
      new Promise((resolve) => {
        if (underWay === 0) {
          resolve()
          return
        }
        const giveUp = clock.after(timeoutMs, resolve)
        onDrained = () => {
          giveUp()
          resolve()
        }
      }),
  }
}

function headersOf(decision: CallRouted, traceparent: string | Uint8Array | null) {
  const headers: Record<string, string | Uint8Array> = {
    [HEADER.callId]: decision.callId,
    [HEADER.requestNo]: String(decision.requestNo),
    [HEADER.decisionId]: decision.decisionId,
    [HEADER.decidedAt]: String(decision.decidedAt),
    [HEADER.lane]: decision.lane,
  }
  if (traceparent !== null) headers[HEADER.traceparent] = traceparent
  return headers
}
