/** A connection of this process to the deployment that it runs: log, codec, clock. */
import { createClock } from '../platform/clock.ts'
import { connectLog } from '../platform/kafka/client.ts'
import { kafkaOptions, registryOptions } from '../platform/kafka-options.ts'
import { openCodec } from '../platform/open-codec.ts'
import type { Clock, Codec, LogClient } from '../platform/ports.ts'
import { connectRegistry } from '../platform/registry.ts'
import type { Settings } from '../platform/settings.ts'

export interface Connection {
  readonly client: LogClient
  readonly codec: Codec
  readonly clock: Clock
}

const START_TIMEOUT_MS = 60_000

/** Connects as `program`; what is opened is closed by `stack`. */
export async function connect(
  settings: Settings,
  program: string,
  stack: AsyncDisposableStack,
): Promise<Connection> {
  const clock = createClock({ keepAlive: true })
  const client = await connectLog(kafkaOptions(settings, program, { clock }))
  stack.defer(() => client.close())
  const registry = connectRegistry(registryOptions(settings))
  stack.defer(() => registry.close())
  const { TOPIC_PREFIX: topicPrefix } = settings
  const codec = await openCodec({ registry, topicPrefix, clock, startTimeoutMs: START_TIMEOUT_MS })
  return { client, codec, clock }
}
