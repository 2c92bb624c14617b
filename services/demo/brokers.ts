/** The brokers of a demo: found or started, with the topics and schemas in place. */
import { join } from 'node:path'
import { up } from '../../infra/embedded/kept.ts'
import { findKafka } from '../../infra/embedded/source.ts'
import { connectAdmin } from '../platform/kafka/admin.ts'
import { kafkaOptions, registryOptions } from '../platform/kafka-options.ts'
import { connectRegistry } from '../platform/registry.ts'
import { applySchemas } from '../platform/schemas/apply.ts'
import type { Settings } from '../platform/settings.ts'
import { wantedTopics } from '../platform/topics/plan.ts'
import { failure, findDifferences } from '../platform/topics/verify.ts'

export type Environment = Readonly<Record<string, string | undefined>>

export interface BrokersWanted {
  readonly environment: Environment
  /** They go on running when the demo is over. */
  readonly keep: boolean
  readonly say: (line: string) => void
}

const KEEPER = join(import.meta.dirname, '..', '..', 'infra', 'embedded', 'main.ts')

export interface Brokers {
  readonly kind: 'given' | 'embedded' | 'containers' | 'kept'
  /** Settings that lead there. */
  readonly environment: Readonly<Record<string, string>>
}

/** On a cluster that may hold other things everything gets a prefix of its own. */
export async function findBrokers(
  options: BrokersWanted,
  stack: AsyncDisposableStack,
): Promise<Brokers> {
  const { environment, keep, say } = options
  const addresses = (brokers: string, registryUrl: string, apart: boolean) => ({
    KAFKA_BROKERS: brokers,
    SCHEMA_REGISTRY_URL: registryUrl,
    TOPIC_PREFIX: apart ? `demo-${Date.now().toString(36)}.` : '',
  })
  if (keep && (environment['KAFKA_BROKERS'] ?? '') === '') {
    const { kept, began } = await up(KEEPER, say)
    return { kind: 'kept', environment: addresses(kept.brokers, kept.registryUrl, !began) }
  }
  const source = stack.use(await findKafka(environment, { say }))
  const apart = source.kind === 'given'
  return {
    kind: source.kind,
    environment: addresses(source.brokers, source.registryUrl, apart),
  }
}

/** Creates what is missing. Throws XP_TOPIC_MISMATCH before it changes anything that is unfit. */
export async function prepareTopics(settings: Settings): Promise<void> {
  const admin = await connectAdmin(kafkaOptions(settings, 'demo'))
  const registry = connectRegistry(registryOptions(settings))
  try {
    const { deployment, differences } = await findDifferences(admin, settings.CALL_PARTITIONS)
    const broken = differences.filter(({ fatal, mendable }) => fatal && !mendable)
    if (broken.length > 0) throw failure(broken)
    await Promise.all([
      admin.createTopics(wantedTopics(deployment)),
      applySchemas(registry, settings.TOPIC_PREFIX),
    ])
  } finally {
    await Promise.all([admin.close(), registry.close()])
  }
}
