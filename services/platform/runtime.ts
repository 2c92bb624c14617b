/**
 * What every service stands on, put together in the order in which a start can fail: settings, log,
 * HTTP (so that probes see a starting service), Kafka and its topics, schemas. Everything opened here
 * is closed in the reverse order when the process is told to stop.
 */
import { flushCompileCache } from 'node:module'
import type { Privacy } from '../domain/privacy.ts'
import type { LogTopic } from '../topology.ts'
import { createClock } from './clock.ts'
import { settingsFromEnvironment } from './environment.ts'
import { startHttp, type Check } from './http.ts'
import { connectAdmin } from './kafka/admin.ts'
import { connectLog } from './kafka/client.ts'
import { kafkaOptions, registryOptions } from './kafka-options.ts'
import { createLifecycle, type Lifecycle } from './lifecycle.ts'
import { createLog, type Logger } from './log.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import { openCodec } from './open-codec.ts'
import type { Clock, Codec, LogClient } from './ports.ts'
import { createKeyring, createPrivacy, generateTokenKey, type TokenKey } from './privacy.ts'
import { connectRegistry } from './registry.ts'
import { printable, secretsOf, type Settings } from './settings.ts'
import { verifyTopics } from './topics/verify.ts'
import { version } from './version.ts'
import { watchedClient } from './watched-client.ts'

export interface Runtime {
  readonly settings: Settings
  readonly log: Logger
  readonly metrics: Metrics
  /** Add the service's own readiness here, by name. */
  readonly checks: Map<string, Check>
  readonly client: LogClient
  readonly codec: Codec
  readonly clock: Clock
  readonly privacy: Privacy
  /** By the id of its key; null for a key that this process was not given. */
  readonly privacyOf: (keyId: string) => Privacy | null
  readonly lifecycle: Lifecycle
  readonly version: string
}

export interface RuntimeOptions {
  /** For logs, metrics and client ids, for example `router` or `enricher-crm`. */
  readonly program: string
  /** Topics it reads or writes: they must exist and be usable. */
  readonly topics: readonly LogTopic[]
  /** Whether it makes tokens of callers' numbers; then production needs TOKEN_KEY. */
  readonly tokens: boolean
  readonly settings?: Settings
  /** More values to black out in the log, beside the settings' own secrets. */
  readonly secrets?: readonly string[]
}

/**
 * Small buffers share so many bytes. In Node's own 64 KB one that lives a little longer, such as a request under
 * way, keeps dozens of others' room with it, until the next full collection.
 */
const POOL_BYTES = 8 * 1024

/** Rejects with a CrosspointError and nothing left open when the service can't start. */
export async function openRuntime(options: RuntimeOptions): Promise<Runtime> {
  const settings = options.settings ?? settingsFor(options)
  const log = createLog({
    level: settings.LOG_LEVEL,
    service: options.program,
    instance: settings.INSTANCE_ID,
    to: settings.LOG_TO,
    secrets: [...secretsOf(settings), ...(options.secrets ?? [])],
  })
  log.info({ version: version(), runsFrom: runsFrom(), settings: printable(settings) }, 'starting')
  Buffer.poolSize = POOL_BYTES
  // Kept at once, not at the end: one that is killed would leave the next to compile everything again.
  flushCompileCache()
  const clock = createClock()
  const lifecycle = createLifecycle({ log, timeoutMs: settings.STOP_TIMEOUT_MS, host: process })
  const metrics = createMetrics({ service: options.program })
  const checks = new Map<string, Check>([['start', () => 'still starting']])
  try {
    const key = tokenKeyFor(settings, log, options.tokens)
    const privacy = createPrivacy(key)
    const privacyOf = createKeyring(key, settings.TOKEN_KEYS_OTHER)
    const http = await startHttp({
      host: settings.HTTP_HOST,
      port: settings.HTTP_PORT,
      metrics: metrics.registry,
      checks,
    })
    lifecycle.onStop('http', () => http.close())
    log.info({ host: settings.HTTP_HOST, port: http.port }, 'health and metrics')
    const { client, codec } = await connect(options, settings, { clock, log, lifecycle, metrics })
    checks.delete('start')
    const opened = { settings, log, metrics, checks, client, codec, clock, lifecycle }
    return { ...opened, privacy, privacyOf, version: version() }
  } catch (error) {
    await lifecycle.stop('could not start')
    throw error
  }
}

/** The sources, or the few files that were made of them (bin/crosspoint). */
const runsFrom = (): string =>
  process.argv[1]?.endsWith('.mjs') === true ? 'few files' : 'sources'

function settingsFor(options: RuntimeOptions): Settings {
  const settings = settingsFromEnvironment()
  const production = settings.CROSSPOINT_ENV === 'production'
  return options.tokens && production ? settingsFromEnvironment(['TOKEN_KEY']) : settings
}

/** Who makes no tokens need not hear that they would fit nobody. */
function tokenKeyFor(settings: Settings, log: Logger, makesTokens: boolean): TokenKey {
  if (settings.TOKEN_KEY !== null) return { id: settings.TOKEN_KEY_ID, secret: settings.TOKEN_KEY }
  const key = generateTokenKey()
  if (makesTokens)
    log.warn(
      { tokenKeyId: key.id },
      'TOKEN_KEY is not set: a key was made up for this run, its tokens fit no other process or run',
    )
  return key
}

async function connect(
  options: RuntimeOptions,
  settings: Settings,
  { clock, log, lifecycle, metrics }: Pick<Runtime, 'clock' | 'log' | 'lifecycle' | 'metrics'>,
): Promise<Pick<Runtime, 'client' | 'codec'>> {
  const kafka = kafkaOptions(settings, options.program, { clock, logger: log })
  const admin = await connectAdmin(kafka)
  try {
    await verifyTopics(admin, options.topics, settings.CALL_PARTITIONS)
  } finally {
    await admin.close()
  }
  const client = watchedClient(await connectLog(kafka), clock, {
    lag(group, topic, partition, records) {
      const labels = { group, topic, partition: String(partition) }
      if (records === null) metrics.lag.remove(labels)
      else metrics.lag.set(labels, records)
    },
    rebuilt: (group) => metrics.consumerRebuilds.inc({ group }),
    skipped: (group, topic, batches) => metrics.batchesSkipped.inc({ group, topic }, batches),
  })
  lifecycle.onStop('kafka', () => client.close())
  const registry = connectRegistry(registryOptions(settings))
  lifecycle.onStop('schema registry', () => registry.close())
  const codec = await openCodec({
    registry,
    topicPrefix: settings.TOPIC_PREFIX,
    clock,
    startTimeoutMs: settings.START_TIMEOUT_MS,
    onWait: (error) => log.warn({ code: error.code, reason: error.message }, 'waiting for schemas'),
  })
  return { client, codec }
}
