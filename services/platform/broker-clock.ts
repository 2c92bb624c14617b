/**
 * Broker time for a service that publishes anyway: learnt from the acknowledgements of what it
 * appends, and from a probe on ops.clock when nothing was acknowledged lately (design §4.3).
 */
import type { Logger } from 'pino'
import { createBrokerTime } from './broker-time.ts'
import type { Ack, Clock, Codec, LogProducer } from './ports.ts'
import { wait } from './timing.ts'

export interface BrokerClock {
  /** Broker time, milliseconds; NaN until anything is known of it. */
  now(): number
  /** How far `now` may be off, milliseconds; Infinity before an acknowledgement. */
  errorMs(): number
  acknowledged(ack: Ack): void
  /** A record appended at that time was read just now. */
  consumed(appendedAt: number): void
  /** Resolves once broker time is fresh, probing for it; false when it is wanted no more. */
  fresh(wanted: () => boolean): Promise<boolean>
  /** Probes when the last acknowledgement is old; called every now and then. */
  refresh(): void
}

const RETRY_EVERY_MS = 250

export function keepBrokerClock(options: {
  readonly producer: Pick<LogProducer, 'append'>
  readonly codec: Pick<Codec, 'encode'>
  readonly clock: Clock
  readonly logger: Logger
  readonly instanceId: string
}): BrokerClock {
  const { producer, codec, clock, logger, instanceId } = options
  const time = createBrokerTime()
  let probing: Promise<void> | null = null
  let nextAtHostMs = -Infinity

  const isFresh = (): boolean => time.fresh(clock.nowMs())
  const probe = async (): Promise<void> => {
    const value = codec.encode('ops.clock', { instanceId })
    const record = { topic: 'ops.clock', partition: 0, key: instanceId, value } as const
    try {
      time.acknowledged(await producer.append(record))
    } catch (error) {
      logger.warn({ err: error }, 'broker time could not be probed')
    } finally {
      probing = null
      nextAtHostMs = clock.nowMs() + RETRY_EVERY_MS
    }
  }
  const start = (): Promise<void> => {
    probing ??= probe()
    return probing
  }
  return {
    now: () => time.now(clock.nowMs()),
    errorMs: () => time.errorMs(clock.nowMs()),
    acknowledged: (ack) => time.acknowledged(ack),
    consumed: (appendedAt) => time.consumed(appendedAt, clock.nowMs()),
    async fresh(wanted) {
      while (!isFresh()) {
        if (!wanted()) return false
        await start()
        if (!isFresh()) await wait(clock, RETRY_EVERY_MS)
      }
      return wanted()
    },
    refresh() {
      if (!isFresh() && clock.nowMs() >= nextAtHostMs) void start()
    },
  }
}
