/** How to reach Kafka and the registry, from settings; certificates are read here. */
import { readFileSync } from 'node:fs'
import { CrosspointError } from '../errors.ts'
import { createClock } from './clock.ts'
import type { KafkaOptions } from './kafka/connection.ts'
import { createLog, type Logger } from './log.ts'
import type { Clock } from './ports.ts'
import type { RegistryOptions } from './registry.ts'
import { secretsOf, type SettingName, type Settings } from './settings.ts'

/** `program` names the client to the brokers. Commands of people log warnings and worse only. */
export function kafkaOptions(
  settings: Settings,
  program: string,
  given: { readonly clock?: Clock; readonly logger?: Logger } = {},
): KafkaOptions {
  const { KAFKA_SASL_MECHANISM: mechanism } = settings
  const username = settings.KAFKA_SASL_USERNAME ?? ''
  const password = settings.KAFKA_SASL_PASSWORD ?? ''
  return {
    brokers: settings.KAFKA_BROKERS,
    clientId: `crosspoint-${program}-${settings.INSTANCE_ID}`,
    topicPrefix: settings.TOPIC_PREFIX,
    clock: given.clock ?? createClock({ keepAlive: true }),
    logger: given.logger ?? commandLog(settings, program),
    ...(settings.KAFKA_SSL ? { ssl: tls(settings) } : {}),
    ...(mechanism === 'none' ? {} : { sasl: { mechanism, username, password } }),
  }
}

export function registryOptions(settings: Settings): RegistryOptions {
  return {
    url: settings.SCHEMA_REGISTRY_URL,
    username: settings.SCHEMA_REGISTRY_USERNAME,
    password: settings.SCHEMA_REGISTRY_PASSWORD,
    ca: pem(settings, 'SCHEMA_REGISTRY_CA_FILE'),
    timeoutMs: settings.SCHEMA_REGISTRY_TIMEOUT_MS,
  }
}

/** The log of a command that people run: what goes wrong, on stderr. */
function commandLog(settings: Settings, program: string): Logger {
  return createLog({
    level: settings.LOG_LEVEL === 'info' ? 'error' : settings.LOG_LEVEL,
    service: program,
    instance: settings.INSTANCE_ID,
    to: 'stderr',
    secrets: secretsOf(settings),
  })
}

function tls(settings: Settings): NonNullable<KafkaOptions['ssl']> {
  const ca = pem(settings, 'KAFKA_SSL_CA_FILE')
  const cert = pem(settings, 'KAFKA_SSL_CERT_FILE')
  const key = pem(settings, 'KAFKA_SSL_KEY_FILE')
  return { ...(ca ? { ca } : {}), ...(cert ? { cert } : {}), ...(key ? { key } : {}) }
}

function pem(settings: Settings, name: SettingName): string | null {
  const file = settings[name]
  if (typeof file !== 'string') return null
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const { code } = error as { code?: string }
    throw new CrosspointError('XP_SETTING_INVALID', `${name}: can not read ${file} (${code})`)
  }
}
