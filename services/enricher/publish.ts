/**
 * Puts settled lookups into call.lookup, in the partition of their arrival. A record that can't be
 * written as it is goes out reduced rather than not at all: a call must not wait for its size.
 */
import type { Logger } from 'pino'
import type { LookupSettled } from '../../schemas/records.ts'
import { HEADER } from '../domain/request.ts'
import { CrosspointError } from '../errors.ts'
import type { Ack, Clock, Codec, LogProducer } from '../platform/ports.ts'
import { wait } from '../platform/timing.ts'

interface Publishing {
  readonly partition: number
  readonly lookup: LookupSettled
  readonly traceparent: string | Uint8Array | null
}

export interface Publisher {
  /** True once the record is acknowledged; false when the enricher stopped before it could be. */
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

  const encode = (lookup: LookupSettled): { value: Uint8Array; reduced: boolean } => {
    try {
      return { value: codec.encode('call.lookup', lookup), reduced: false }
    } catch (error) {
      logger.error({ err: error, callId: lookup.callId }, 'a lookup does not fit its schema')
      return { value: codec.encode('call.lookup', reducedLookup(lookup)), reduced: true }
    }
  }

  return {
    async publish({ partition, lookup, traceparent }) {
      let { value, reduced } = encode(lookup)
      const headers = {
        [HEADER.callId]: lookup.callId,
        [HEADER.requestNo]: String(lookup.requestNo),
        [HEADER.dependency]: lookup.dependency,
        ...(traceparent === null ? {} : { [HEADER.traceparent]: traceparent }),
      }
      while (!life.stopped) {
        try {
          const key = lookup.callId
          options.acknowledged(
            await producer.append({ topic: 'call.lookup', partition, key, value, headers }),
          )
          return true
        } catch (error) {
          const tooLarge = error instanceof CrosspointError && error.code === 'XP_RECORD_TOO_LARGE'
          logger.warn({ err: error, callId: lookup.callId }, 'a lookup was not appended')
          if (tooLarge && !reduced) {
            value = codec.encode('call.lookup', reducedLookup(lookup))
            reduced = true
          } else await wait(clock, RETRY_EVERY_MS)
        }
      }
      return false
    },
    stop() {
      life.stopped = true
    },
  }
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
