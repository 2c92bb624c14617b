/**
 * Which broker is asked for metadata and coordinators, and when leaders are learnt anew. kafkajs asks
 * any broker it has a connection to, also one that hangs; it waits for an answer of a hung leader until
 * the request times out and then asks it again, since nobody tells it that the partition has moved.
 * Here a broker that lets a request wait is asked last, and the others are asked meanwhile who leads: as
 * soon as the cluster has given the hung one up, so do we.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { Broker } from 'kafkajs'
import BrokerPool from 'kafkajs/src/cluster/brokerPool.js'
import Cluster from 'kafkajs/src/cluster/index.js'
import type Connection from 'kafkajs/src/network/connection.js'
import metadataFormat from 'kafkajs/src/protocol/requests/metadata/v6/response.js'
import { livelinessOf } from './connection-life.ts'

/** A request that waits longer than this while nothing else was answered makes a broker silent. */
const SILENT_AFTER_MS = 1000
const LOOK_EVERY_MS = 500
/** A broker that did not answer is asked last for so long. */
const DISTRUST_MS = 10_000
/** Leaders are learnt anew no more often than this, whatever goes wrong how often. */
const LEARN_EVERY_MS = 200

type PooledBroker = Broker & { readonly connectionPool: { readonly pool: readonly Connection[] } }

function isSilent(broker: Broker, nowMs: number): boolean {
  const lives = (broker as PooledBroker).connectionPool.pool.map(livelinessOf)
  const waitingSinceMs = Math.min(...lives.map((life) => life.waitingSinceMs))
  const answeredAtMs = Math.max(...lives.map((life) => life.answeredAtMs))
  const brokenAtMs = Math.max(...lives.map((life) => life.brokenAtMs))
  const waits = nowMs - waitingSinceMs > SILENT_AFTER_MS && nowMs - answeredAtMs > SILENT_AFTER_MS
  return waits || (brokenAtMs > answeredAtMs && nowMs - brokenAtMs < DISTRUST_MS)
}

/** Ids of the known brokers: those we are connected to first, silent ones last, else in any order. */
function inOrderOfTrust(pool: BrokerPool): string[] {
  const nowMs = performance.now()
  return Object.entries(pool.brokers)
    .map(([nodeId, broker]) => {
      const rank = isSilent(broker, nowMs) ? 2 : Number(!broker.isConnected())
      return { nodeId, rank: rank + Math.random() / 2 }
    })
    .toSorted((a, b) => a.rank - b.rank)
    .map(({ nodeId }) => nodeId)
}

/** kafkajs stays with a first broker that accepts connections and then says nothing. */
async function connect(this: BrokerPool): Promise<void> {
  if (this.hasConnectedBrokers()) {
    return
  }
  if (this.seedBroker === undefined) {
    await this.createSeedBroker()
  }
  await this.retrier(async (bail) => {
    try {
      await this.seedBroker?.connect()
      this.versions = this.seedBroker?.versions
    } catch (error) {
      this.logger.error(`Failed to connect to seed broker: ${String(error)}`)
      await this.createSeedBroker()
      const { retriable } = error as { readonly retriable?: boolean }
      if (retriable === true) throw error
      bail(error)
    }
  })
}

async function findConnectedBroker(this: BrokerPool): Promise<Broker | undefined> {
  for (const nodeId of inOrderOfTrust(this)) {
    try {
      return await this.findBroker({ nodeId })
    } catch {
      // The next one, then.
    }
  }
  await this.connect()
  return this.seedBroker
}

async function withBroker<T>(
  this: BrokerPool,
  ask: (asked: { readonly nodeId: string; readonly broker: Broker }) => Promise<T>,
): Promise<T | null> {
  for (const nodeId of inOrderOfTrust(this)) {
    try {
      return await ask({ nodeId, broker: await this.findBroker({ nodeId }) })
    } catch {
      // kafkajs gives up at the first broker that can't be reached.
    }
  }
  return null
}

interface Learning {
  underWay: Promise<void> | undefined
  endedAtMs: number
}

const lessons = new WeakMap<object, Learning>()

/** Learns leaders anew, once for all that ask at a time; itself never rejects. */
export function relearn(cluster: Pick<Cluster, 'refreshMetadata'>): Promise<void> {
  const lesson = lessons.get(cluster) ?? { underWay: undefined, endedAtMs: -Infinity }
  lessons.set(cluster, lesson)
  lesson.underWay ??= learn(cluster, lesson)
  return lesson.underWay
}

async function learn(cluster: Pick<Cluster, 'refreshMetadata'>, lesson: Learning): Promise<void> {
  await delay(Math.max(0, lesson.endedAtMs + LEARN_EVERY_MS - performance.now()))
  await cluster.refreshMetadata().catch(() => undefined)
  lesson.endedAtMs = performance.now()
  lesson.underWay = undefined
}

const watches = new WeakMap<Cluster, NodeJS.Timeout>()
const { connect: connectCluster, disconnect: disconnectCluster } = Cluster.prototype

async function connectWatched(this: Cluster): Promise<void> {
  if (!watches.has(this)) {
    const timer = setInterval(() => {
      const nowMs = performance.now()
      if (Object.values(this.brokerPool.brokers).some((broker) => isSilent(broker, nowMs))) {
        // A broker that the answer no longer lists is disconnected, which rejects what waits for it.
        void relearn(this)
      }
    }, LOOK_EVERY_MS)
    watches.set(this, timer.unref())
  }
  await connectCluster.call(this)
}

async function disconnectWatched(this: Cluster): Promise<void> {
  clearInterval(watches.get(this))
  watches.delete(this)
  await disconnectCluster.call(this)
}

const { parse } = metadataFormat

/** A partition without a leader is no reason to learn nothing of the others; its leader is −1. */
function parseMetadata(answer: Parameters<typeof parse>[0]): Promise<unknown> {
  return parse({
    ...answer,
    topicMetadata: answer.topicMetadata.map((topic) => ({
      ...topic,
      partitionMetadata: topic.partitionMetadata.map((each) => ({
        ...each,
        partitionErrorCode: 0,
      })),
    })),
  })
}

/** Has kafkajs choose brokers this way, process-wide; doing it again changes nothing. */
export function installLiveBrokers(): void {
  BrokerPool.prototype.connect = connect
  BrokerPool.prototype.findConnectedBroker = findConnectedBroker
  BrokerPool.prototype.withBroker = withBroker
  Cluster.prototype.connect = connectWatched
  Cluster.prototype.disconnect = disconnectWatched
  metadataFormat.parse = parseMetadata
}
