/** One shared connection for questions to the cluster, asked again while that can help. */
import { setTimeout as delay } from 'node:timers/promises'
import type { Cluster } from 'kafkajs'
import { CrosspointError } from '../../errors.ts'
import type { LogTopic } from '../../topology.ts'
import type { Clock } from '../ports.ts'
import { createKafka, type KafkaOptions, type Naming, naming, openCluster } from './connection.ts'
import { coded, isTransient, protocolError } from './failure.ts'
import { relearn } from './live-brokers.ts'

/** How long a question is repeated before it counts as unanswered. */
const ANSWER_WITHIN_MS = 12_000
/** A new topic takes a moment to be known by all brokers. */
const TOPIC_KNOWN_WITHIN_MS = 3000
const FIRST_PAUSE_MS = 50
const LONGEST_PAUSE_MS = 800
const CLOSE_WITHIN_MS = 2000

/**
 * Timers of the connection itself are real ones and keep the process alive, unlike those of the clock
 * port: a command that waits for a broker must not end silently because no socket is open just then.
 */
export function pause(delayMs: number): Promise<void> {
  return delay(delayMs)
}

/** Settles like `work`, or rejects with XP_BROKER_UNREACHABLE when that takes longer. */
export function within<T>(limitMs: number, doing: string, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new CrosspointError('XP_BROKER_UNREACHABLE', `${doing}: no answer in ${limitMs} ms`))
    }, limitMs)
    work.then(resolve, reject).finally(() => {
      clearTimeout(timer)
    })
  })
}

export interface Wire {
  readonly cluster: Cluster
  readonly clock: Clock
  readonly names: Naming
  /** Makes the leaders of these topics known; rejects with XP_TOPIC_MISSING. */
  know(topics: readonly LogTopic[]): Promise<void>
  /** Runs a question against the cluster; on passing trouble mends the connection and repeats it. */
  ask<T>(doing: string, question: () => Promise<T>, limitMs?: number): Promise<T>
  /** Numbers of a topic's partitions, from 0; none before `know`. */
  partitions(topic: LogTopic): readonly number[]
  /** The broker that leads a partition, as far as known. */
  leader(topic: LogTopic, partition: number): string | undefined
  close(): Promise<void>
}

/** Learns leaders anew, after what an error says; itself never rejects. */
export async function mend(cluster: Cluster, error: unknown): Promise<void> {
  if (protocolError(error) === 'UNKNOWN_TOPIC_OR_PARTITION') {
    // One deleted topic among those asked for makes every refresh fail; `know` names the wanted again.
    ;(cluster as unknown as { readonly targetTopics: Set<string> }).targetTopics.clear()
  }
  try {
    if (!cluster.isConnected()) {
      await cluster.connect()
    }
    await relearn(cluster)
  } catch {
    // The question is asked again anyway and then tells what is wrong.
  }
}

/**
 * Connects and asks for metadata: to kafkajs a broker that accepted the connection and then said
 * nothing counts as connected at the second attempt.
 */
async function connect(cluster: Cluster): Promise<void> {
  await cluster.connect()
  await cluster.refreshMetadata()
}

/** Opens a connection. Rejects with XP_BROKER_… when no broker lets us in within `limitMs`. */
export async function openWire(
  options: KafkaOptions,
  purpose: string,
  limitMs = ANSWER_WITHIN_MS,
): Promise<Wire> {
  const { clock } = options
  const names = naming(options.topicPrefix)
  const cluster = openCluster(createKafka(options, purpose, { retries: 2 }))
  const connecting = `connecting to ${options.brokers.join(', ')}`

  async function ask<T>(doing: string, question: () => Promise<T>, askLimitMs = ANSWER_WITHIN_MS) {
    const startedMs = clock.nowMs()
    let pauseMs = FIRST_PAUSE_MS
    for (;;) {
      try {
        return await within(askLimitMs, doing, question())
      } catch (error) {
        const missing = protocolError(error) === 'UNKNOWN_TOPIC_OR_PARTITION'
        const allowedMs = missing ? Math.min(TOPIC_KNOWN_WITHIN_MS, askLimitMs) : askLimitMs
        const spentMs = clock.nowMs() - startedMs
        if (!isTransient(error) || spentMs + pauseMs >= allowedMs) {
          throw coded(error, doing, 'XP_BROKER_FAILED')
        }
        await pause(pauseMs)
        pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)
        await within(askLimitMs, doing, mend(cluster, error))
      }
    }
  }

  const metadataOf = (topic: LogTopic) => {
    try {
      return cluster.findTopicPartitionMetadata(names.physical(topic))
    } catch {
      return [] // kafkajs throws before it has any metadata
    }
  }

  await within(limitMs, connecting, connect(cluster)).catch(async (error: unknown) => {
    await within(CLOSE_WITHIN_MS, 'closing', cluster.disconnect()).catch(() => undefined)
    throw coded(error, connecting, 'XP_BROKER_UNREACHABLE')
  })

  return {
    cluster,
    clock,
    names,
    ask,
    know: (topics) =>
      ask(`looking up ${topics.join(', ')}`, () =>
        cluster.addMultipleTargetTopics(topics.map((topic) => names.physical(topic))),
      ),
    partitions: (topic) =>
      metadataOf(topic)
        .map(({ partitionId }) => partitionId)
        .toSorted((a, b) => a - b),
    leader: (topic, partition) => {
      const leader = metadataOf(topic).find(({ partitionId }) => partitionId === partition)?.leader
      return leader === undefined || leader < 0 ? undefined : String(leader)
    },
    close: () => within(CLOSE_WITHIN_MS, 'closing', cluster.disconnect()).catch(() => undefined),
  }
}
