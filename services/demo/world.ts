/**
 * Everything a demo needs around itself, started in an order that wastes no time and ended in the
 * reverse one: a cluster with topics and schemas, the systems of record, the enrichers, the router.
 */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { openRunFolder } from '../../infra/embedded/run-folder.ts'
import type { DependencyName, Fault } from '../../infra/stubs/faults.ts'
import { connect, type Connection } from '../local/connect.ts'
import { createNursery, type Environment } from '../local/nursery.ts'
import { whenReady, type Program } from '../local/processes.ts'
import { raiseSystems } from '../local/systems.ts'
import { prepareTopics } from '../local/topics.ts'
import { parseSettings, type Settings } from '../platform/settings.ts'
import { findBrokers, type Brokers } from './brokers.ts'

export interface World extends AsyncDisposable, Connection {
  readonly settings: Settings
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

/** Starts it all; rejects, with nothing left running, when a part does not start or `signal` is given. */
export async function startWorld(options: WorldOptions): Promise<World> {
  const { signal, say, dependencies } = options
  await using stack = new AsyncDisposableStack()
  const runFolder = openRunFolder()
  let logsKept = false
  stack.defer(() => (logsKept ? runFolder.keep() : runFolder.remove()))
  const folder = runFolder.path
  const truthFile = join(folder, 'ground-truth.jsonl')
  const { environment, seed } = options
  const nursery = createNursery({ environment, folder, signal })
  stack.defer(() => nursery.stop())
  const systemsRun = raiseSystems(nursery, { seed, truthFile, environment })
  const brokers = await findBrokers(options, stack)
  // Services leave their groups in order only while the brokers are still there.
  stack.defer(() => nursery.stop())
  signal.throwIfAborted()
  // Nobody has asked brokers that were given for anything yet.
  say(
    `${brokers.kind === 'given' ? 'Asking KAFKA_BROKERS' : 'Kafka runs'}; creating topics and schemas.`,
  )
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
  const systems = await systemsRun()
  say(`Starting the router and ${dependencies.length} enrichers.`)
  const service = (name: string, args: readonly string[]): Promise<Program> => {
    const own = { ...shared, ...systems.environment, INSTANCE_ID: `demo-${name}` }
    return whenReady(nursery.raise(name, CROSSPOINT, args, own))
  }
  const [programs, connected] = await Promise.all([
    Promise.all([
      service('router', ['router']),
      ...dependencies.map((name) => service(name, ['enricher', name])),
    ]),
    connect(settings, 'demo', stack),
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
    setFault: (dependency, fault) => systems.setFault(dependency, fault),
    crosspoint: (args) => nursery.run(`command-${args[0]}`, CROSSPOINT, args, shared),
    keepLogs() {
      logsKept = true
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}
