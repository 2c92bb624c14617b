/** What consecutive scenarios share: brokers, registry, systems of record, the network between. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { startCluster, type Cluster } from '../../infra/embedded/cluster.ts'
import { openRunFolder } from '../../infra/embedded/run-folder.ts'
import { createNursery, type Environment } from '../local/nursery.ts'
import { raiseSystems, type Systems } from '../local/systems.ts'
import { openNetwork, type Network } from './network.ts'
import { openSite } from './sites/open-site.ts'
import type { Site, SiteKind } from './sites/site.ts'

export interface Ground extends AsyncDisposable {
  readonly cluster: Cluster
  readonly site: Site
  readonly network: Network
  readonly systems: Systems
  /** What the systems of record say was done to each request. */
  readonly systemsTruthFile: string
  readonly folder: string
  readonly environment: Environment
  /** Callers, calls and dice come from it. */
  readonly seed: number
  /** Logs stay when the run is over. */
  keepLogs(): void
}

export interface GroundOptions {
  readonly brokers: 1 | 3
  readonly seed: number
  readonly environment: Environment
  readonly signal: AbortSignal
  readonly say: (line: string) => void
}

/**
 * Rejects, with nothing left running, when a part does not start or `signal` is given; with Unfit when
 * this machine has no room for such a site.
 */
export async function openGround(options: GroundOptions, kind: SiteKind): Promise<Ground> {
  const { brokers, seed, environment, signal, say } = options
  await using stack = new AsyncDisposableStack()
  const runFolder = openRunFolder()
  let logsKept = false
  stack.defer(() => (logsKept ? runFolder.keep() : runFolder.remove()))
  const folder = runFolder.path
  const systemsTruthFile = join(folder, 'systems.jsonl')
  const logDir = join(folder, 'brokers')
  mkdirSync(logDir)
  const site = stack.use(await openSite(kind, { brokers, folder, environment }))
  const nursery = createNursery({ environment, folder, signal })
  stack.defer(() => nursery.stop())
  const systemsRun = raiseSystems(nursery, { seed, truthFile: systemsTruthFile, environment })
  const network = stack.use(openNetwork(seed))
  const cluster = stack.use(
    await startCluster({
      brokers,
      registry: true,
      logDir,
      environment,
      say,
      ...network.listeners,
      ...site.options,
    }),
  )
  await network.connect(cluster)
  await site.open(cluster)
  const systems = await systemsRun()
  signal.throwIfAborted()
  const running = stack.move()
  return {
    cluster,
    site,
    network,
    systems,
    systemsTruthFile,
    folder,
    environment,
    seed,
    keepLogs() {
      logsKept = true
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}
