/**
 * Everything a demo needs around itself, started in an order that wastes no time and ended in the
 * reverse one: a cluster with topics and schemas, the systems of record, the enrichers, the router.
 */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { z } from 'zod'
import { openRunFolder } from '../../infra/embedded/run-folder.ts'
import type { DependencyName, Fault } from '../../infra/stubs/faults.ts'
import { CrosspointError } from '../errors.ts'
import { createClock } from '../platform/clock.ts'
import { connectLog } from '../platform/kafka/client.ts'
import { kafkaOptions, registryOptions } from '../platform/kafka-options.ts'
import { openCodec } from '../platform/open-codec.ts'
import type { Clock, Codec, LogClient } from '../platform/ports.ts'
import { connectRegistry } from '../platform/registry.ts'
import { parseSettings, type Settings } from '../platform/settings.ts'
import { findBrokers, prepareTopics, type Brokers, type Environment } from './brokers.ts'
import { jsonLine, startChild, whenReady, type Child, type Program } from './processes.ts'

export interface World extends AsyncDisposable {
  readonly settings: Settings
  readonly client: LogClient
  readonly codec: Codec
  readonly clock: Clock
  /** The router and the enrichers. */
  readonly programs: readonly Program[]
  /** Logs of all children, the ground truth. */
  readonly folder: string
  readonly truthFile: string
  /** What a shell needs to look into this cluster. */
  readonly exports: Readonly<Record<string, string>>
  readonly kafka: Brokers['kind']
  setFault(dependency: DependencyName, fault: Fault): Promise<void>
  /** Runs a command of this program as a user would; rejects when it fails. */
  crosspoint(args: readonly string[]): Promise<void>
  /** Rejects when one of the children ends by itself. */
  readonly died: Promise<never>
  /** The logs stay when the demo is over. */
  keepLogs(): void
}

export interface WorldOptions {
  readonly environment: Environment
  readonly seed: number
  readonly keep: boolean
  readonly dependencies: readonly string[]
  readonly policyFile: string
  readonly connectorsFile: string
  readonly signal: AbortSignal
  readonly say: (line: string) => void
}

const ROOT = join(import.meta.dirname, '..', '..')
const CROSSPOINT = join(ROOT, 'bin', 'crosspoint')
const STUBS = join(ROOT, 'infra', 'stubs', 'main.ts')
const START_TIMEOUT_MS = 60_000
const CONTROL_TIMEOUT_MS = 5000

const STUBS_LINE = z.object({
  ports: z.object({
    crm: z.number(),
    billing: z.number(),
    scheduling: z.number(),
    control: z.number(),
  }),
  priorityUrl: z.string(),
})
type StubsLine = z.infer<typeof STUBS_LINE>

/** Where the enrichers find the systems of record; a real database keeps its user and password. */
function addressesOf({ ports, priorityUrl }: StubsLine, environment: Environment) {
  const front = new URL(priorityUrl)
  const { password } = new URL(environment['PRIORITY_DATABASE_URL'] ?? priorityUrl)
  front.password = password
  const http = (port: number): string => `http://127.0.0.1:${port}`
  return {
    CRM_URL: http(ports.crm),
    BILLING_URL: http(ports.billing),
    SCHEDULING_URL: http(ports.scheduling),
    PRIORITY_DATABASE_URL: front.href,
  }
}

async function connect(
  settings: Settings,
  stack: AsyncDisposableStack,
): Promise<Pick<World, 'client' | 'codec' | 'clock'>> {
  const clock = createClock({ keepAlive: true })
  const client = await connectLog(kafkaOptions(settings, 'demo', { clock }))
  stack.defer(() => client.close())
  const registry = connectRegistry(registryOptions(settings))
  stack.defer(() => registry.close())
  const codec = await openCodec({
    registry,
    topicPrefix: settings.TOPIC_PREFIX,
    clock,
    startTimeoutMs: START_TIMEOUT_MS,
  })
  return { client, codec, clock }
}

/** Children of this demo, with their logs in one folder, ended together. */
function createNursery({ environment, signal }: WorldOptions, folder: string) {
  const children: Child[] = []
  const start = (name: string, command: string, args: readonly string[], env: Environment): Child =>
    startChild({
      name,
      command,
      args,
      environment: { ...environment, ...env },
      folder,
      signal,
      startTimeoutMs: START_TIMEOUT_MS,
    })
  return {
    /** Lives as long as the demo. */
    raise(...given: Parameters<typeof start>): Child {
      const child = start(...given)
      children.push(child)
      return child
    },
    /** Does one thing and ends. */
    run: (...given: Parameters<typeof start>): Promise<void> => start(...given).ended,
    stop: async (): Promise<void> => {
      await Promise.all(children.map((child) => child.stop()))
    },
    died: (): Promise<never> => Promise.race(children.map(({ died }) => died)),
  }
}

async function switchFault(port: number, dependency: DependencyName, fault: Fault): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${port}/faults/${dependency}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(fault),
    signal: AbortSignal.timeout(CONTROL_TIMEOUT_MS),
  })
  if (response.ok) return
  throw new CrosspointError('XP_DEMO_FAILED', `the stubs refused: ${await response.text()}`)
}

/** Starts it all; rejects, with nothing left running, when a part does not start or `signal` is given. */
export async function startWorld(options: WorldOptions): Promise<World> {
  const { signal, say, dependencies } = options
  await using stack = new AsyncDisposableStack()
  const runFolder = openRunFolder()
  let logsKept = false
  stack.defer(() => (logsKept ? undefined : runFolder.remove()))
  const folder = runFolder.path
  const truthFile = join(folder, 'ground-truth.jsonl')
  const nursery = createNursery(options, folder)
  stack.defer(nursery.stop)
  const stubs = nursery.raise('stubs', process.execPath, [STUBS], {
    STUB_SEED: String(options.seed),
    STUB_TRUTH_FILE: truthFile,
  })
  const brokers = await findBrokers(options, stack)
  // Services leave their groups in order only while the brokers are still there.
  stack.defer(nursery.stop)
  signal.throwIfAborted()
  say('Kafka runs; creating topics and schemas.')
  const shared = {
    ...brokers.environment,
    POLICY_FILE: options.policyFile,
    CONNECTORS_FILE: options.connectorsFile,
    TOKEN_KEY: options.environment['TOKEN_KEY'] ?? randomBytes(32).toString('base64url'),
    HTTP_PORT: '0',
    LOG_TO: 'stderr',
  }
  const settings = parseSettings({ ...options.environment, ...shared })
  await prepareTopics(settings)
  const line = await stubs.firstLine(jsonLine(STUBS_LINE))
  const systems = addressesOf(line, options.environment)
  say(`Starting the router and ${dependencies.length} enrichers.`)
  const service = (name: string, args: readonly string[]): Promise<Program> => {
    const own = { ...shared, ...systems, INSTANCE_ID: `demo-${name}` }
    return whenReady(nursery.raise(name, CROSSPOINT, args, own))
  }
  const [programs, connected] = await Promise.all([
    Promise.all([
      service('router', ['router']),
      ...dependencies.map((name) => service(name, ['enricher', name])),
    ]),
    connect(settings, stack),
  ])
  const running = stack.move()

  return {
    settings,
    ...connected,
    programs,
    folder,
    truthFile,
    exports: brokers.environment,
    kafka: brokers.kind,
    died: nursery.died(),
    setFault: (dependency, fault) => switchFault(line.ports.control, dependency, fault),
    crosspoint: (args) => nursery.run(`command-${args[0]}`, CROSSPOINT, args, shared),
    keepLogs() {
      logsKept = true
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}
