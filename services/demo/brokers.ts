/** The brokers of a demo: found or started. */
import { join } from 'node:path'
import { up } from '../../infra/embedded/kept.ts'
import { findKafka } from '../../infra/embedded/source.ts'
import type { Environment } from '../local/nursery.ts'

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
