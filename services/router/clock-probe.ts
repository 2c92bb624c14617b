/**
 * Keeps the estimate of broker time fresh (design §4.3): decisions' own acknowledgements do it under
 * load; when none came lately a probe is appended to ops.clock.
 */
import type { Logger } from 'pino'
import type { BrokerTime } from '../platform/broker-time.ts'
import type { Clock, Codec, LogProducer } from '../platform/ports.ts'
import { wait } from './publisher.ts'

export interface ClockProbe {
  /** Resolves once broker time is fresh, probing for it; false when given up on (`wanted` says so). */
  fresh(wanted: () => boolean): Promise<boolean>
  /** Probes when nothing was acknowledged lately; called with every tick. */
  refresh(): void
}

const RETRY_EVERY_MS = 250

export function createClockProbe(options: {
  readonly brokerTime: BrokerTime
  readonly producer: LogProducer
  readonly codec: Codec
  readonly clock: Clock
  readonly logger: Logger
  readonly instanceId: string
}): ClockProbe {
  const { brokerTime, producer, codec, clock, logger, instanceId } = options
  let probing: Promise<void> | null = null
  let nextAtHostMs = -Infinity

  const probe = async (): Promise<void> => {
    const value = codec.encode('ops.clock', { instanceId })
    const record = { topic: 'ops.clock', partition: 0, key: instanceId, value } as const
    try {
      brokerTime.acknowledged(await producer.append(record))
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
    async fresh(wanted) {
      while (!brokerTime.fresh(clock.nowMs())) {
        if (!wanted()) return false
        await start()
        if (!brokerTime.fresh(clock.nowMs())) await wait(clock, RETRY_EVERY_MS)
      }
      return wanted()
    },
    refresh() {
      const hostMs = clock.nowMs()
      if (!brokerTime.fresh(hostMs) && hostMs >= nextAtHostMs) void start()
    },
  }
}
