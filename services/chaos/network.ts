/** Who speaks to whom through the proxy, and what the proxy does to it. */
import type { Cluster } from '../../infra/embedded/cluster.ts'
import { CrosspointError } from '../errors.ts'
import type { Link, Role, Trouble } from './scenario.ts'

export interface Network extends AsyncDisposable {
  connect(cluster: Cluster): Promise<void>
  /** KAFKA_BROKERS and SCHEMA_REGISTRY_URL as services of a role are told. */
  environmentOf(role: Role): Readonly<Record<string, string>>
  /** The same for whoever goes round the proxy. */
  direct(): Readonly<Record<string, string>>
  trouble(link: Link, trouble: Trouble): Promise<void>
  /** All links are as if there were no proxy. */
  heal(): Promise<void>
}

export async function openNetwork(): Promise<Network> {
  let cluster: Cluster | null = null
  const direct = (): Readonly<Record<string, string>> => ({
    KAFKA_BROKERS: cluster?.brokers ?? '',
    SCHEMA_REGISTRY_URL: cluster?.registryUrl ?? '',
  })
  return {
    async connect(given) {
      cluster = given
    },
    environmentOf: direct,
    direct,
    async trouble() {
      throw new CrosspointError('XP_USAGE', 'the network can not be troubled yet')
    },
    async heal() {},
    async [Symbol.asyncDispose]() {},
  }
}
