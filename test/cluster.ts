/** What tests on real Kafka ask for: the run's shared cluster, a name space of their own, three brokers. */
import { randomBytes } from 'node:crypto'
import { inject } from 'vitest'
import { type Cluster, startCluster } from '../infra/embedded/cluster.ts'

export interface ClusterAddresses {
  readonly brokers: string
  readonly registryUrl: string
}

/** The single-broker cluster this run shares. Its default is LogAppendTime; topics are never auto-created. */
export function sharedCluster(): ClusterAddresses {
  return inject('cluster')
}

/** A TOPIC_PREFIX that nobody else uses, so that test files can share a cluster. */
export function freshPrefix(): string {
  return `t${randomBytes(4).toString('hex')}.`
}

/**
 * Three brokers of one's own, for tests that kill some; about 8 s on 2 idle cores. Use with `await using`.
 */
export function startThreeBrokers(options: { registry: boolean }): Promise<Cluster> {
  return startCluster({ brokers: 3, ...options })
}
