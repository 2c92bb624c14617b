/**
 * Has a kafkajs consumer fetch in a way of ours. kafkajs asks a broker for all partitions as soon as it has
 * answered, and hands each one's share of an answer, an empty one too, through queues, workers and events.
 * Its loops over the brokers, and its rebalances in between, stay; what they do once a round is ours.
 */
import type { Cluster } from 'kafkajs'
import ConsumerGroup from 'kafkajs/src/consumer/consumerGroup.js'
import { unknownClient } from './failure.ts'

/** Fetches once from a broker and hands on what came. */
type FetchOnce = (nodeId: string) => Promise<void>

const fetches = new WeakMap<Cluster, FetchOnce>()
/** The metadata that each consumer has compared its topics' partitions with. */
const compared = new WeakMap<ConsumerGroup, object>()

/** Has the consumer over this cluster object fetch so. */
export function setFetch(cluster: Cluster, fetchOnce: FetchOnce): void {
  fetches.set(cluster, fetchOnce)
}

async function fetchOurselves(this: ConsumerGroup, nodeId: string): Promise<readonly unknown[]> {
  const fetchOnce = fetches.get(this.cluster)
  // What kafkajs would fetch goes nowhere.
  if (fetchOnce === undefined) throw unknownClient()
  try {
    await this.cluster.refreshMetadataIfNecessary()
    compareOnce(this)
    await fetchOnce(nodeId)
  } catch (error) {
    await this.recoverFromFetch(error)
  }
  return []
}

/** A topic that has grown makes the group share out anew; metadata is a new object whenever it was learnt. */
function compareOnce(group: ConsumerGroup): void {
  const { metadata } = group.cluster.brokerPool
  if (metadata === null || compared.get(group) === metadata) return
  group.checkForStaleAssignment()
  compared.set(group, metadata)
}

/** Has kafkajs' consumers fetch this way, process-wide; doing it again changes nothing. */
export function installOwnFetch(): void {
  ConsumerGroup.prototype.fetch = fetchOurselves
}
