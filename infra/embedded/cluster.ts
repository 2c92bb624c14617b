/**
 * Real Apache Kafka and Apicurio Registry on this machine, for the demo, for tests and for trying things
 * out (design §8). Nothing to install but Java and Maven, nothing left behind.
 */
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { CrosspointError } from '../../services/errors.ts'
import { countFully, startGently } from '../niceness.ts'
import { resolveArtifacts } from './artifacts.ts'
import { type BrokerNode, type BrokerSettings, type NamedListener, startBroker } from './broker.ts'
import { COMPILE_LAST, type Environment, findJava, type Jvm } from './jvm.ts'
import { HOST, liveBrokers, reservePorts } from './ports.ts'
import { type RegistrySettings, registryAnswers, registryUrlOf, startRegistry } from './registry.ts'
import { type RunFolder, openRunFolder } from './run-folder.ts'

export interface ClusterOptions {
  readonly brokers: 1 | 3
  readonly registry: boolean
  /** Keeps the brokers' data here, and finds it again. Without: a folder of this run, removed at the end. */
  readonly dataDir?: string
  /** Brokers and registry write their logs here. Without: in a folder of this run, removed at the end. */
  readonly logDir?: string
  /** Ports to use, in the order of the nodes; 0 or absent: a free one. */
  readonly brokerPorts?: readonly number[]
  readonly registryPort?: number
  /** `quick` starts in half the time; `full` also optimises, for measurements of long runs. */
  readonly jit?: 'quick' | 'full'
  readonly heapMb?: number
  /** Listeners of a single broker besides the plain one: port by name. */
  readonly extraListeners?: Readonly<Record<string, number>>
  /**
   * Named plaintext listeners that every node has besides the plain one, e.g. one for each kind of client
   * (`ROUTER`, `ENRICHER_CRM`: capitals, digits, underscores). Not together with `extraListeners`.
   */
  readonly listeners?: readonly string[]
  /**
   * The port that a node tells clients of a named listener to connect to, such as that of a proxy before
   * `port`, where the node listens. Asked once for each listener and node before the nodes start, and
   * again for all when a start is tried anew with other ports. Default: `port`.
   */
  readonly advertise?: (listener: { name: string; node: number; port: number }) => Promise<number>
  /** Broker properties put over the embedded ones. */
  readonly properties?: Readonly<Record<string, string>>
  readonly environment?: Environment
  /** Hears what takes long. Default: standard error. */
  readonly say?: (line: string) => void
  /** How long a part may take to answer. */
  readonly startTimeoutMs?: number
}

export interface Cluster extends AsyncDisposable {
  /** For KAFKA_BROKERS: `host:port`, separated by commas. */
  readonly brokers: string
  /** The same of a named listener: what its nodes advertise. Throws RangeError when there is none. */
  bootstrap(listener: string): string
  /** For SCHEMA_REGISTRY_URL; empty when started without a registry. */
  readonly registryUrl: string
  /** Ids of the nodes, from 1. */
  readonly nodes: readonly number[]
  /** Process id of a node; undefined while it is down. */
  pid(node: number): number | undefined
  /** Sends a signal to a node (SIGKILL, SIGSTOP, SIGCONT …); waits until it is gone where it ends it. */
  kill(node: number, signal: NodeJS.Signals): Promise<void>
  /**
   * Ends a node if it runs, and starts it again with its data and ports, gently (../niceness.ts); resolves
   * when it is in the cluster.
   */
  restart(node: number): Promise<void>
  /** Stops everything and removes this run's folder. */
  stop(): Promise<void>
}

const START_TIMEOUT_MS = 120_000
const GRACE_MS = 15_000
const POLL_MS = 50
const PORT_ATTEMPTS = 3
const ENDING: readonly NodeJS.Signals[] = ['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP']

/**
 * Starts one or three Kafka nodes and, at the same time, the registry; resolves when all of them answer.
 * Rejects with XP_JAVA_MISSING, XP_MAVEN_MISSING, XP_ARTIFACTS_FAILED, XP_PORT_TAKEN or XP_CLUSTER_FAILED
 * (with the tail of the log), and leaves nothing running then.
 */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await startOnce(options)
    } catch (error) {
      // A free port may be taken by somebody else before the JVM gets to it.
      const lost = error instanceof CrosspointError && error.code === 'XP_PORT_TAKEN'
      if (!lost || fixedPorts(options) || attempt === PORT_ATTEMPTS) throw error
    }
  }
}

function fixedPorts(options: ClusterOptions): boolean {
  return [...(options.brokerPorts ?? []), options.registryPort ?? 0].some((port) => port !== 0)
}

interface Plan {
  readonly folder: RunFolder
  readonly keepsData: boolean
  readonly broker: BrokerSettings
  readonly registry: RegistrySettings | undefined
  readonly deadlineMs: number
}

async function startOnce(options: ClusterOptions): Promise<Cluster> {
  const plan = await planOf(options)
  const jvms = new Map<number, Jvm>()
  const extra: Jvm[] = []
  const cluster = clusterOf(plan, jvms, extra)
  try {
    const parts = plan.broker.nodes.map(async (node) => {
      const jvm = await startBroker(plan.broker, node)
      jvms.set(node.id, jvm)
      await whenReady(jvm, plan.deadlineMs, () => joined(node, plan.broker.nodes.length))
    })
    if (plan.registry !== undefined) {
      const jvm = startRegistry(plan.registry)
      extra.push(jvm)
      const url = registryUrlOf(plan.registry.port)
      parts.push(whenReady(jvm, plan.deadlineMs, () => registryAnswers(url, 1000)))
    }
    await Promise.all(parts)
  } catch (error) {
    await cluster.stop()
    throw error
  }
  return cluster
}

async function planOf(options: ClusterOptions): Promise<Plan> {
  const environment = options.environment ?? process.env
  const say = options.say ?? ((line: string) => void process.stderr.write(`${line}\n`))
  const java = await findJava(environment)
  const artifacts = await resolveArtifacts(environment, say)
  const ids = Array.from({ length: options.brokers }, (_, index) => index + 1)
  const nodePorts = ids.map((_, index) => options.brokerPorts?.[index] ?? 0)
  const names = options.listeners ?? []
  const free = ids.flatMap(() => ['CONTROLLER', ...names]).map(() => 0)
  const ports = await reservePorts([...nodePorts, options.registryPort ?? 0, ...free])
  const next = ports.values()
  const port = (): number => next.next().value ?? 0
  const plain = ids.map(port)
  const registryPort = port()
  const nodes: BrokerNode[] = await Promise.all(
    ids.map(async (id, index) => ({
      id,
      port: plain[index] ?? 0,
      controllerPort: port(),
      named: await namedListeners(
        options,
        id,
        names.map((name) => ({ name, port: port() })),
      ),
    })),
  )
  const folder = openRunFolder()
  const dataDir = options.dataDir ?? join(folder.path, 'data')
  const jvmFlags = flags(options.jit ?? 'quick', folder.temporary)
  const shared = { java, environment, logDir: options.logDir ?? folder.path, jvmFlags }
  return {
    folder,
    keepsData: options.dataDir !== undefined,
    deadlineMs: options.startTimeoutMs ?? START_TIMEOUT_MS,
    broker: {
      ...shared,
      classPath: artifacts.kafkaClassPath,
      clusterId: clusterIdOf(dataDir),
      nodes,
      dataDir,
      heapMb: options.heapMb ?? 384,
      extraListeners: options.extraListeners ?? {},
      properties: options.properties ?? {},
    },
    registry: options.registry
      ? { ...shared, jar: artifacts.registryJar, port: registryPort, heapMb: 256 }
      : undefined,
  }
}

function namedListeners(
  { advertise }: ClusterOptions,
  node: number,
  listeners: readonly { readonly name: string; readonly port: number }[],
): Promise<NamedListener[]> {
  return Promise.all(
    listeners.map(async ({ name, port }) => ({
      name,
      port,
      advertisedPort: (await advertise?.({ name, node, port })) ?? port,
    })),
  )
}

/** Measured on 2 cores: with the first compiler alone a broker starts in 2.8 s instead of 5.1 s. */
function flags(jit: 'quick' | 'full', temporary: string): readonly string[] {
  const compiler = jit === 'quick' ? ['-XX:TieredStopAtLevel=1'] : COMPILE_LAST
  const quiet = ['-XX:-UsePerfData', `-Djava.io.tmpdir=${temporary}`, '-Djava.awt.headless=true']
  return ['-XX:+UseSerialGC', '-Xshare:auto', ...compiler, ...quiet]
}

function clusterIdOf(dataDir: string): string {
  const file = join(dataDir, 'cluster-id')
  mkdirSync(dataDir, { recursive: true })
  if (!existsSync(file)) writeFileSync(file, newClusterId())
  return readFileSync(file, 'utf8').trim()
}

/** Kafka's tools take an id that begins with a dash for an option. */
function newClusterId(): string {
  const id = randomBytes(16).toString('base64url')
  return id.startsWith('-') ? newClusterId() : id
}

async function joined(node: BrokerNode, expected: number): Promise<boolean> {
  return (await liveBrokers(node.port, 1000)).length >= expected
}

/** Asks until the answer is yes; gives up with the tail of the log when the JVM ends or time is over. */
async function whenReady(jvm: Jvm, withinMs: number, ask: () => Promise<boolean>): Promise<void> {
  const endMs = performance.now() + withinMs
  while (jvm.running()) {
    if (await ask().catch(() => false)) return
    if (performance.now() > endMs) throw failure(jvm, `did not answer within ${withinMs} ms`)
    await delay(POLL_MS)
  }
  throw failure(jvm, 'ended while it started')
}

function failure(jvm: Jvm, what: string): CrosspointError {
  const tail = jvm.tail()
  const taken = /address already in use|seems to be in use/i.test(tail)
  const code = taken ? 'XP_PORT_TAKEN' : 'XP_CLUSTER_FAILED'
  return new CrosspointError(code, `The embedded ${jvm.name} ${what}. Its log ends:\n${tail}`)
}

function clusterOf(plan: Plan, jvms: Map<number, Jvm>, extra: readonly Jvm[]): Cluster {
  const { nodes } = plan.broker
  const nodeOf = (id: number): BrokerNode => {
    const node = nodes.find((each) => each.id === id)
    if (node === undefined) throw new RangeError(`The cluster has no node ${id}.`)
    return node
  }
  const stop = async (): Promise<void> => {
    // Data that is thrown away needs no orderly end.
    const graceMs = plan.keepsData ? GRACE_MS : 0
    await Promise.all([...jvms.values()].map((jvm) => jvm.stop(graceMs)))
    await Promise.all(extra.map((jvm) => jvm.stop(0)))
    plan.folder.remove()
  }
  return {
    brokers: nodes.map((node) => `${HOST}:${node.port}`).join(','),
    bootstrap(listener) {
      const ports = nodes.flatMap(({ named }) =>
        named.filter(({ name }) => name === listener).map((each) => each.advertisedPort),
      )
      if (ports.length === 0) throw new RangeError(`The cluster has no listener ${listener}.`)
      return ports.map((port) => `${HOST}:${port}`).join(',')
    },
    registryUrl: plan.registry === undefined ? '' : registryUrlOf(plan.registry.port),
    nodes: nodes.map((node) => node.id),
    pid(id) {
      const jvm = jvms.get(nodeOf(id).id)
      return jvm?.running() === true ? jvm.pid : undefined
    },
    async kill(id, signal) {
      const jvm = jvms.get(nodeOf(id).id)
      jvm?.kill(signal)
      if (ENDING.includes(signal)) await jvm?.ended
    },
    async restart(id) {
      const node = nodeOf(id)
      await jvms.get(id)?.stop(GRACE_MS)
      const jvm = await startBroker(plan.broker, node)
      startGently(jvm.pid)
      jvms.set(id, jvm)
      // Others may be down on purpose: this node must be listed, not all of them.
      await whenReady(jvm, plan.deadlineMs, async () =>
        (await liveBrokers(node.port, 1000)).includes(id),
      )
      countFully(jvm.pid)
    },
    stop,
    [Symbol.asyncDispose]: stop,
  }
}
