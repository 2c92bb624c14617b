/**
 * What a person's command stands on: Kafka and the schemas, without health and metrics. A command says
 * what it has to say on stdout; the client's own log tells only errors, on stderr.
 */
import { createClock } from './clock.ts'
import { settingsFromEnvironment } from './environment.ts'
import { connectLog } from './kafka/client.ts'
import { kafkaOptions, registryOptions } from './kafka-options.ts'
import { openCodec } from './open-codec.ts'
import type { Clock, Codec, LogClient } from './ports.ts'
import { connectRegistry } from './registry.ts'
import type { Settings } from './settings.ts'

/** A service waits longer for its registry than a person does. */
const REGISTRY_WAIT_MS = 3000

export interface Tool {
  readonly settings: Settings
  readonly client: LogClient
  readonly codec: Codec
  readonly clock: Clock
}

/**
 * Connects, runs and closes again, also when `run` throws. Rejects with a CrosspointError when the
 * brokers or the registry don't answer within some seconds, and when our topics are not there.
 */
export async function withTool<T>(program: string, run: (tool: Tool) => Promise<T>): Promise<T> {
  const settings = settingsFromEnvironment()
  const clock = createClock({ keepAlive: true })
  const client = await connectLog(kafkaOptions(settings, program, { clock }))
  const registry = connectRegistry(registryOptions(settings))
  try {
    const codec = await openCodec({
      registry,
      topicPrefix: settings.TOPIC_PREFIX,
      clock,
      startTimeoutMs: REGISTRY_WAIT_MS,
      mayLack: true,
    })
    // A reader waits for topics that may still come; a person wants to hear of a wrong prefix.
    await client.offsets.ends('audit.policy')
    return await run({ settings, client, codec, clock })
  } finally {
    await registry.close()
    await client.close()
  }
}
