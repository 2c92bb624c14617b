/**
 * When a group consumer fetches. kafkajs asks a broker again as soon as it has answered; with calls a
 * few milliseconds apart that is a request for every record, in every consumer. Here records gather
 * for a moment (pace.ts), unless the last answer left some behind.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { Cluster } from 'kafkajs'
import ConsumerGroup, { type Fetched } from 'kafkajs/src/consumer/consumerGroup.js'
import type { Pace } from './pace.ts'

const paces = new WeakMap<Cluster, Pace>()

/** Has the consumer over this cluster object keep to a pace. */
export function setFetchPace(cluster: Cluster, pace: Pace): void {
  paces.set(cluster, pace)
}

/** Waits until the next request to a broker may begin, which it then does. */
export async function keepPace(pace: Pace, nodeId: string): Promise<void> {
  const waitMs = pace.waitMs(nodeId, performance.now())
  if (waitMs > 0) await delay(waitMs)
  pace.began(nodeId, performance.now())
}

const { fetch } = ConsumerGroup.prototype

async function fetchPaced(this: ConsumerGroup, nodeId: string): Promise<readonly Fetched[]> {
  const pace = paces.get(this.cluster)
  if (pace !== undefined) await keepPace(pace, nodeId)
  const batches = await fetch.call(this, nodeId)
  if (batches.some(leftSomeBehind)) pace?.hurry(nodeId)
  return batches
}

/** An answer has room for so many bytes: what did not fit is there to be fetched. */
const leftSomeBehind = (batch: Fetched): boolean =>
  !batch.isEmpty() && Number(batch.offsetLag()) > 0

/** Has kafkajs' consumers fetch this way, process-wide; doing it again changes nothing. */
export function installPacedFetch(): void {
  ConsumerGroup.prototype.fetch = fetchPaced
}
