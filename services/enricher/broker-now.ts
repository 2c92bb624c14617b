/**
 * Broker time for a service that publishes anyway: learnt from the acknowledgements of what it
 * appends, and from a probe on ops.clock when nothing was acknowledged lately (design §4.3).
 */
import type { Logger } from 'pino'
import { createBrokerTime } from '../platform/broker-time.ts'
import type { Ack, Clock, Codec, LogProducer } from '../platform/ports.ts'
import { wait } from './timing.ts'

export interface BrokerNow {
  /** Broker time, milliseconds; only meaningful once it is known. */
  now(): number
  acknowledged(ack: Ack): void
  /** A record appended at that time was read just now. */
  consumed(appendedAt: number): void
  /** Resolves once broker time is known, probing for it. */
  known(): Promise<void>
  /** Probes when the last acknowledgement is old; called every now and then. */
  refresh(): void
}

const RETRY_EVERY_MS = 250

export function keepBrokerNow(options: {
  readonly producer: LogProducer
  readonly codec: Codec
  readonly clock: Clock
  readonly logger: Logger
  readonly instanceId: string
}): BrokerNow {
  const { producer, codec, clock, logger, instanceId } = options
  const time = createBrokerTime()
  let probing: Promise<void> | null = null

  const acknowledged = (ack: Ack): void => time.acknowledged(ack)
  const probe = async (): Promise<void> => {
    const value = codec.encode('ops.clock', { instanceId })
    acknowledged(
      await producer.append({ topic: 'ops.clock', partition: 0, key: instanceId, value }),
    )
  }
  const tryProbe = (): Promise<void> => {
    probing ??= probe()
      .catch((error: unknown) => logger.warn({ err: error }, 'broker time could not be probed'))
      .finally(() => {
        probing = null
      })
    return probing
  }

  return {
    now: () => time.now(clock.nowMs()),
    acknowledged,
    consumed: (appendedAt) => time.consumed(appendedAt, clock.nowMs()),
    async known() {
      while (!time.known()) {
        await tryProbe()
        if (!time.known()) await wait(clock, RETRY_EVERY_MS)
      }
    },
    refresh() {
      if (!time.fresh(clock.nowMs())) void tryProbe()
    },
  }
}
