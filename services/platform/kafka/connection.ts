/** How every kafkajs client of crosspoint is set up: sockets, time limits, logging, prefix. */
import net from 'node:net'
import tls from 'node:tls'
import kafkajs, { type Cluster, type ISocketFactory, type Kafka, type SASLOptions } from 'kafkajs'
import { CrosspointError } from '../../errors.ts'
import type { LogTopic } from '../../topology.ts'
import type { Clock } from '../ports.ts'
import { installCodecs } from './codecs.ts'
import { installConnectionLife } from './connection-life.ts'
import { installGroupProtocol } from './group-protocol.ts'
import { installLiveBrokers } from './live-brokers.ts'
import { type Logger, logBridge } from './log-bridge.ts'
import { unknownClient } from './failure.ts'
import { installOwnFetch } from './own-fetch.ts'

export interface KafkaOptions {
  /** `host:port`, any of the cluster's brokers. */
  readonly brokers: readonly string[]
  readonly clientId: string
  readonly clock: Clock
  readonly logger: Logger
  /** Put in front of every topic name and group id; empty for none. */
  readonly topicPrefix?: string
  readonly ssl?: boolean | tls.ConnectionOptions
  readonly sasl?: SASLOptions
  /** Longest wait for an answer of a broker; above the server-side wait of a produce request. */
  readonly requestTimeoutMs?: number
  readonly connectTimeoutMs?: number
}

const REQUEST_TIMEOUT_MS = 4000
const CONNECT_TIMEOUT_MS = 2000
const KEEP_ALIVE_MS = 15_000

/**
 * kafkajs leaves Nagle's algorithm on, which holds back a second request in flight for 20 ms and more.
 */
const socketFactory: ISocketFactory = ({ host, port, ssl, onConnect }) => {
  const socket = ssl
    ? tls.connect({ host, port, ...(net.isIP(host) === 0 ? { servername: host } : {}), ...ssl })
    : net.connect({ host, port })
  socket.once(ssl ? 'secureConnect' : 'connect', onConnect)
  socket.setNoDelay(true)
  socket.setKeepAlive(true, KEEP_ALIVE_MS)
  return socket
}

/** How long the client keeps trying by itself; beyond it, crosspoint's own loops take over. */
interface RetryChoice {
  readonly retries: number
}

/**
 * One kafkajs client. Every consumer and producer gets its own, because consumers of one client share
 * a map of committed offsets.
 */
export function createKafka(options: KafkaOptions, purpose: string, retry: RetryChoice): Kafka {
  if (options.brokers.length === 0) {
    throw new CrosspointError('XP_BROKER_UNREACHABLE', 'no broker is named')
  }
  installCodecs()
  installConnectionLife()
  installLiveBrokers()
  installGroupProtocol()
  installOwnFetch()
  return new kafkajs.Kafka({
    clientId: `${options.clientId}-${purpose}`,
    brokers: [...options.brokers],
    ...(options.ssl === undefined ? {} : { ssl: options.ssl }),
    ...(options.sasl === undefined ? {} : { sasl: options.sasl }),
    socketFactory,
    connectionTimeout: options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
    requestTimeout: options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS,
    authenticationTimeout: options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS,
    retry: { initialRetryTime: 50, maxRetryTime: 500, retries: retry.retries },
    logLevel: kafkajs.logLevel.WARN,
    logCreator: logBridge(options.logger, options.clock, purpose),
  })
}

/**
 * The cluster object below a kafkajs client: metadata, leaders, brokers. kafkajs hands it to partition
 * assigners, which is the one public way to it; the consumer made for that never joins a group.
 */
export function openCluster(kafka: Kafka): Cluster {
  let found: Cluster | undefined
  kafka.consumer({
    groupId: 'none',
    allowAutoTopicCreation: false,
    partitionAssigners: [
      ({ cluster }) => {
        found = cluster
        return {
          name: 'none',
          version: 1,
          assign: () => Promise.resolve([]),
          protocol: () => ({ name: 'none', metadata: Buffer.alloc(0) }),
        }
      },
    ],
  })
  if (found === undefined) throw unknownClient()
  return found
}

/** Names on the brokers and back. */
export interface Naming {
  physical(topic: LogTopic): string
  logical(topic: string): LogTopic
  group(groupId: string): string
}

export function naming(topicPrefix = ''): Naming {
  return {
    physical: (topic) => `${topicPrefix}${topic}`,
    logical: (topic) => topic.slice(topicPrefix.length) as LogTopic,
    group: (groupId) => `${topicPrefix}${groupId}`,
  }
}
