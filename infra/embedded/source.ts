/** Where Kafka comes from, for the demo and the tests (design §8). */
import { CrosspointError } from '../../services/errors.ts'
import { type ClusterOptions, startCluster } from './cluster.ts'
import { startContainers } from './containers.ts'
import type { Environment } from './jvm.ts'

export interface KafkaSource extends AsyncDisposable {
  /** `given`: by the environment, and not ours to stop. */
  readonly kind: 'given' | 'embedded' | 'containers'
  readonly brokers: string
  readonly registryUrl: string
  stop(): Promise<void>
}

const CANNOT_RUN = new Set(['XP_JAVA_MISSING', 'XP_MAVEN_MISSING'])

/**
 * KAFKA_BROKERS with SCHEMA_REGISTRY_URL if set; else the embedded cluster; else containers when this
 * machine can't run Java but its Docker daemon answers. Throws XP_NO_KAFKA, which names the three ways,
 * when none is open, and the embedded cluster's own errors when it could run and failed.
 */
export async function findKafka(
  environment: Environment,
  options: Partial<ClusterOptions> = {},
): Promise<KafkaSource> {
  const given = givenBy(environment)
  if (given !== undefined) return sourceOf('given', given, async () => undefined)
  try {
    const cluster = await startCluster({ brokers: 1, registry: true, environment, ...options })
    return sourceOf('embedded', cluster, () => cluster.stop())
  } catch (error) {
    if (!(error instanceof CrosspointError) || !CANNOT_RUN.has(error.code)) throw error
    const containers = await startContainers()
    if (containers === undefined) throw noKafka(error)
    return sourceOf('containers', containers, () => containers.stop())
  }
}

interface Addresses {
  readonly brokers: string
  readonly registryUrl: string
}

function givenBy(environment: Environment): Addresses | undefined {
  const brokers = environment['KAFKA_BROKERS'] ?? ''
  const registryUrl = environment['SCHEMA_REGISTRY_URL'] ?? ''
  if (brokers === '' && registryUrl === '') return undefined
  if (brokers !== '' && registryUrl !== '') return { brokers, registryUrl }
  const missing = brokers === '' ? 'KAFKA_BROKERS' : 'SCHEMA_REGISTRY_URL'
  const set = brokers === '' ? 'SCHEMA_REGISTRY_URL' : 'KAFKA_BROKERS'
  throw new CrosspointError('XP_NO_KAFKA', `${set} is set and ${missing} is not.`, {
    remedy: 'Set both to use a cluster of yours, or neither to have one started.',
  })
}

function noKafka(error: CrosspointError): CrosspointError {
  const message = `No brokers are named, no Docker daemon answers, and: ${error.message}`
  return new CrosspointError('XP_NO_KAFKA', message, { cause: error })
}

function sourceOf(
  kind: KafkaSource['kind'],
  addresses: Addresses,
  stop: () => Promise<void>,
): KafkaSource {
  const { brokers, registryUrl } = addresses
  return { kind, brokers, registryUrl, stop, [Symbol.asyncDispose]: stop }
}
