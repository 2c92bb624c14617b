/** One Kafka node that is broker and controller at once (KRaft), as a local JVM. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CrosspointError } from '../../services/errors.ts'
import { type Environment, type Jvm, startJvm } from './jvm.ts'
import { HOST } from './ports.ts'

const LOGGING = join(dirname(fileURLToPath(import.meta.url)), 'log4j2.xml')

export interface BrokerNode {
  readonly id: number
  readonly port: number
  readonly controllerPort: number
  /** Named plaintext listeners of this node besides the plain one, where clients are told to go. */
  readonly named: readonly NamedListener[]
}

export interface NamedListener {
  readonly name: string
  readonly port: number
  /** What clients that came in by it are told to connect to. */
  readonly advertisedPort: number
}

export interface BrokerSettings {
  readonly java: string
  readonly classPath: string
  readonly environment: Environment
  readonly clusterId: string
  readonly nodes: readonly BrokerNode[]
  /** Holds a folder for each node. */
  readonly dataDir: string
  readonly logDir: string
  readonly heapMb: number
  readonly jvmFlags: readonly string[]
  /** Listeners besides the plain one: port by name. What they ask of a client stands in `properties`. */
  readonly extraListeners: Readonly<Record<string, number>>
  /** Put over the properties below. */
  readonly properties: Readonly<Record<string, string>>
}

/** Starts a node, preparing its folder when it is new; data that is there is kept. */
export async function startBroker(settings: BrokerSettings, node: BrokerNode): Promise<Jvm> {
  const folder = join(settings.dataDir, `node-${node.id}`)
  const config = join(folder, 'server.properties')
  mkdirSync(folder, { recursive: true })
  writeFileSync(config, propertiesOf(settings, node, join(folder, 'log')))
  if (!existsSync(join(folder, 'log', 'meta.properties'))) await format(settings, node, config)
  return launch(settings, `broker-${node.id}`, ['kafka.Kafka', config])
}

async function format(settings: BrokerSettings, node: BrokerNode, config: string): Promise<void> {
  const args = ['kafka.tools.StorageTool', 'format', '-t', settings.clusterId, '-c', config]
  const jvm = launch(settings, `format-${node.id}`, args)
  const { code } = await jvm.ended
  if (code === 0) return
  throw new CrosspointError('XP_CLUSTER_FAILED', `Kafka's storage tool failed:\n${jvm.tail()}`)
}

function launch(settings: BrokerSettings, name: string, args: readonly string[]): Jvm {
  return startJvm({
    name,
    java: settings.java,
    environment: settings.environment,
    logFile: join(settings.logDir, `${name}.log`),
    args: [
      // All of it from the start: one that grows is collected whole each time, a tenth of a second and more.
      `-Xms${settings.heapMb}m`,
      `-Xmx${settings.heapMb}m`,
      `-Xlog:gc:file=${join(settings.logDir, `${name}-gc.log`)}:time`,
      ...settings.jvmFlags,
      `-Dlog4j2.configurationFile=${LOGGING}`,
      '-cp',
      settings.classPath,
      ...args,
    ],
  })
}

/**
 * A cluster for one machine: everything on the loopback address; broker append time is the clock
 * everybody shares (design §2); topics exist only when somebody creates them; buffers and thread pools
 * are small, because the machine is.
 */
function propertiesOf(settings: BrokerSettings, node: BrokerNode, logDir: string): string {
  const { nodes } = settings
  const replicas = String(Math.min(3, nodes.length))
  const inSync = nodes.length >= 3 ? '2' : '1'
  const voters = nodes.map((each) => `${each.id}@${HOST}:${each.controllerPort}`).join(',')
  const own = { PLAINTEXT: node.port, CONTROLLER: node.controllerPort }
  const named = Object.fromEntries(node.named.map(({ name, port }) => [name, port]))
  const listeners = { ...own, ...settings.extraListeners, ...named }
  const properties: Record<string, string> = {
    'process.roles': 'broker,controller',
    'node.id': String(node.id),
    'controller.quorum.voters': voters,
    'controller.listener.names': 'CONTROLLER',
    listeners: Object.entries(listeners)
      .map(([name, port]) => `${name}://${HOST}:${port}`)
      .join(','),
    'log.dirs': logDir,
    'log.message.timestamp.type': 'LogAppendTime',
    'auto.create.topics.enable': 'false',
    'unclean.leader.election.enable': 'false',
    'default.replication.factor': replicas,
    'min.insync.replicas': inSync,
    'offsets.topic.replication.factor': replicas,
    'offsets.topic.num.partitions': '6',
    'transaction.state.log.replication.factor': replicas,
    'transaction.state.log.min.isr': inSync,
    'transaction.state.log.num.partitions': '3',
    'group.initial.rebalance.delay.ms': '0',
    'group.min.session.timeout.ms': '1000',
    'broker.session.timeout.ms': '4000',
    'broker.heartbeat.interval.ms': '500',
    // A follower that asks a new leader before that knows of it asks again so soon: acks=all waits for it.
    'replica.fetch.backoff.ms': '50',
    'num.network.threads': '2',
    'num.io.threads': '4',
    'background.threads': '2',
    'log.cleaner.dedupe.buffer.size': '8388608',
    'log.index.size.max.bytes': '1048576',
    ...(node.named.length === 0 ? {} : namedProperties(node)),
    ...settings.properties,
  }
  const lines = Object.entries(properties).map(([key, value]) => `${key}=${value}`)
  return `${lines.join('\n')}\n`
}

/**
 * A listener answers a client with addresses of its own name, of all nodes. One thread each will do;
 * brokers and controllers speak to each other over the plain ones, as before.
 */
function namedProperties({ port, named }: BrokerNode): Record<string, string> {
  const names = ['PLAINTEXT', 'CONTROLLER', ...named.map(({ name }) => name)]
  const advertised = [{ name: 'PLAINTEXT', advertisedPort: port }, ...named]
  return {
    'listener.security.protocol.map': names.map((name) => `${name}:PLAINTEXT`).join(','),
    'inter.broker.listener.name': 'PLAINTEXT',
    'advertised.listeners': advertised
      .map(({ name, advertisedPort }) => `${name}://${HOST}:${advertisedPort}`)
      .join(','),
    ...Object.fromEntries(
      named.map(({ name }) => [`listener.name.${name.toLowerCase()}.num.network.threads`, '1']),
    ),
  }
}
