/**
 * Broker time for a service that publishes anyway: learnt from the acknowledgements of what it
 * appends, and from a probe on ops.clock when nothing was acknowledged lately (design §4.3).
 */
import type { Logger } from 'pino'
import type { Ack, Clock, Codec, LogProducer } from '../platform/ports.ts'

export interface BrokerNow {
  /** Broker time, milliseconds; only meaningful once it is known. */
  now(): number
  acknowledged(ack: Ack): void
  /** Resolves once broker time is known, probing for it. */
  known(): Promise<void>
  /** Probes when the last acknowledgement is old; called every now and then. */
  refresh(): void
}

const FRESH_MS = 5000
const RETRY_EVERY_MS = 250

export function keepBrokerNow(options: {
  readonly producer: LogProducer
  readonly codec: Codec
  readonly clock: Clock
  readonly logger: Logger
  readonly instanceId: string
}): BrokerNow {
  const { producer, codec, clock, logger, instanceId } = options
  let offsetMs: number | null = null
  let spreadMs = Infinity
  let heardAtHostMs = -Infinity
  let probing: Promise<void> | null = null

  const acknowledged = (ack: Ack): void => {
    // The append happened between sending and acknowledgement: the middle, sure to half the way.
    const spread = (ack.ackedAtHostMs - ack.sentAtHostMs) / 2
    const old = ack.ackedAtHostMs - heardAtHostMs > FRESH_MS
    if (old || spread <= spreadMs * 1.5 || offsetMs === null) {
      offsetMs = ack.appendedAt + 0.5 - (ack.sentAtHostMs + ack.ackedAtHostMs) / 2
      spreadMs = spread
      heardAtHostMs = ack.ackedAtHostMs
    }
  }
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
    now: () => clock.nowMs() + (offsetMs ?? 0),
    acknowledged,
    async known() {
      while (offsetMs === null) {
        await tryProbe()
        if (offsetMs === null) await wait(clock, RETRY_EVERY_MS)
      }
    },
    refresh() {
      if (clock.nowMs() - heardAtHostMs > FRESH_MS) void tryProbe()
    },
  }
}

const wait = (clock: Clock, ms: number): Promise<void> =>
  new Promise((resolve) => {
    clock.after(ms, resolve)
  })
