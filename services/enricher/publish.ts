/**
 * Puts settled lookups into call.lookup, in the partition of their arrival. A record that can't be
 * written as it is goes out reduced rather than not at all: a call must not wait for its size.
 */
import type { Logger } from 'pino'
import type { LookupSettled } from '../../schemas/records.ts'
import { HEADER } from '../domain/request.ts'
import { isTooLarge } from '../platform/append-until-done.ts'
import type { Ack, Clock, Codec, LogProducer, OutRecord } from '../platform/ports.ts'
import { wait } from '../platform/timing.ts'

interface Publishing {
  readonly partition: number
  readonly lookup: LookupSettled
  readonly traceparent: Uint8Array | null
}

export interface Publisher {
  /**
   * True once the record is acknowledged, or is given up because it can't be written in any form;
   * false when the enricher stopped before either.
   */
  publish(publishing: Publishing): Promise<boolean>
  /** No try begins after this. */
  stop(): void
}

const RETRY_EVERY_MS = 250

export function createPublisher(options: {
  readonly producer: LogProducer
  readonly codec: Codec
  readonly clock: Clock
  readonly logger: Logger
  acknowledged(ack: Ack): void
}): Publisher {
  const { producer, codec, clock, logger } = options
  const life = { stopped: false }

  /** Null when it does not fit its schema. */
  const encode = (lookup: LookupSettled): Uint8Array | null => {
    try {
      return codec.encode('call.lookup', lookup)
    } catch (error) {
      logger.error({ err: error, callId: lookup.callId }, 'a lookup does not fit its schema')
      return null
    }
  }
  /** Goes on until the brokers have it, or will never take it. */
  const append = async (record: OutRecord): Promise<'appended' | 'too-large' | 'stopped'> => {
    while (!life.stopped) {
      try {
        options.acknowledged(await producer.append(record))
        return 'appended'
      } catch (error) {
        logger.warn({ err: error, callId: record.key }, 'a lookup was not appended')
        if (isTooLarge(error)) return 'too-large'
        await wait(clock, RETRY_EVERY_MS)
      }
    }
    return 'stopped'
  }

  return {
    async publish({ partition, lookup, traceparent }) {
      const key = lookup.callId
      const headers = headersOf(lookup, traceparent)
      for (const whole of [true, false]) {
        const value = encode(whole ? lookup : reducedLookup(lookup))
        if (value === null) continue
        const end = await append({ topic: 'call.lookup', partition, key, value, headers })
        if (end !== 'too-large') return end === 'appended'
      }
      // The router decides without it; trying for ever would hold up the commits of all that follow.
      logger.error({ callId: lookup.callId }, 'a lookup is given up: no form of it can be written')
      return true
    },
    stop() {
      life.stopped = true
    },
  }
}

function headersOf(
  { callId, requestNo, dependency }: LookupSettled,
  traceparent: Uint8Array | null,
): NonNullable<OutRecord['headers']> {
  const identity = {
    [HEADER.callId]: callId,
    [HEADER.requestNo]: String(requestNo),
    [HEADER.dependency]: dependency,
  }
  return traceparent === null ? identity : { ...identity, [HEADER.traceparent]: traceparent }
}

/** The same lookup without what its source said. */
function reducedLookup(lookup: LookupSettled): LookupSettled {
  return {
    ...lookup,
    outcome: 'FAILED',
    cause: 'BAD_RESPONSE',
    origin: 'NONE',
    stale: false,
    missing: [],
    facts: {},
    syncedAt: null,
    detail: `${lookup.dependency} gave more than a record can hold`,
  }
}
