/** Wires one process of enrichers: policy, connectors, Kafka, metrics. The only file here that is not told. */
import { CrosspointError } from '../errors.ts'
import { settingsFromEnvironment } from '../platform/environment.ts'
import { hash } from '../platform/hash.ts'
import { openRuntime, type Runtime } from '../platform/runtime.ts'
import { loadPolicyFile } from '../policy/load.ts'
import type { DependencyPolicy, Policy } from '../policy/policy.ts'
import { servicePolicies } from '../policy/service-policies.ts'
import type { LogTopic } from '../topology.ts'
import { createFactsCache, NO_CACHE } from './cache.ts'
import { loadConnectorFile, type LoadedConnector } from './connectors/config.ts'
import { crashPointOf } from './crash.ts'
import { type EnricherOptions, startEnricher } from './enricher.ts'
import { metricsObserver } from './observer.ts'
import { createNeighbours } from './neighbours.ts'
import { followOverrides } from './override.ts'

const TOPICS: readonly LogTopic[] = [
  'call.arrived',
  'call.lookup',
  'ops.override',
  'ops.policy',
  'ops.clock',
]
/** Enrichers have waited for what was under way: what is left has no time to be waited for. */
const CLOSE_MS = 300

/**
 * Runs the lookups of one dependency or several (each once, whatever is repeated) until the process is told
 * to stop. Each has its own consumer group, slots and breaker, as in a process of its own. Throws a
 * CrosspointError for every mistake in settings, policy and connectors before anything is opened.
 */
export async function runEnrichers(dependencies: readonly string[]): Promise<void> {
  const settings = settingsFromEnvironment()
  const policy = loadPolicyFile(settings.POLICY_FILE)
  const names = [...new Set(dependencies)]
  const wanted = names.map((name) => wantedOf(policy, name, settings.CONNECTORS_FILE))
  const crashPoint = crashPointOf(process.env, () => process.kill(process.pid, 'SIGKILL'))
  const program = `enricher-${names.join('-')}`
  const secrets = wanted.flatMap(({ loaded }) => loaded.secrets)
  const runtime = await openRuntime({ program, topics: TOPICS, tokens: false, settings, secrets })
  try {
    await start(runtime, policy, wanted, crashPoint === null ? {} : { crashPoint })
  } catch (error) {
    await runtime.lifecycle.stop('could not start')
    throw error
  }
  await runtime.lifecycle.stopped
}

interface Wanted {
  readonly dependency: string
  readonly loaded: LoadedConnector
}

/** What all enrichers of a process share. */
type Shared = Pick<
  EnricherOptions,
  'producer' | 'policyAt' | 'versions' | 'overrides' | 'neighbours' | 'crashPoint'
>

async function start(
  runtime: Runtime,
  policy: Policy,
  wanted: readonly Wanted[],
  faults: Pick<EnricherOptions, 'crashPoint'>,
): Promise<void> {
  const { client, codec, clock, log, lifecycle, checks } = runtime
  checks.set('partitions', () => 'none taken up yet')
  const policies = await servicePolicies(runtime, policy, Date.now)
  const overrides = await followOverrides({ client, codec, clock, logger: log })
  lifecycle.onStop('overrides', () => overrides.stop())
  const producer = await client.producer('lookups')
  lifecycle.onStop('producer', () => producer.close(CLOSE_MS))
  const policyAt = (appendedAt: number): Policy => policies.at(appendedAt)
  const neighbours = createNeighbours()
  const shared = { producer, policyAt, versions: policies, overrides, neighbours, ...faults }
  const stops: (() => Promise<void>)[] = []
  // Side by side: each waits for the lookups it has under way.
  lifecycle.onStop('enrichers', async () => {
    await Promise.all(stops.map((stop) => stop()))
  })
  for (const each of wanted) stops.push(await startOne(runtime, shared, each))
  checks.delete('partitions')
  log.info({ policyVersion: policies.at(Date.now()).version }, 'started')
}

/** Starts the enricher of one dependency; what comes back stops it. */
async function startOne(
  runtime: Runtime,
  shared: Shared,
  { dependency, loaded }: Wanted,
): Promise<() => Promise<void>> {
  const { client, codec, clock, lifecycle, settings, metrics, checks } = runtime
  const { unmapped } = loaded
  const logger = runtime.log.child({ dependency })
  if (unmapped.length > 0)
    logger.warn({ unmapped }, 'facts that no answer can hold: always missing')
  const connector = await loaded.open()
  lifecycle.onStop(`connector of ${dependency}`, () => connector.close())
  const enricher = await startEnricher({
    ...shared,
    dependency,
    groupId: `enricher-${dependency}`,
    instanceId: settings.INSTANCE_ID,
    connector,
    client,
    codec,
    clock,
    random: Math.random,
    settings: { ...loaded.settings, maxClockSkewMs: settings.MAX_CLOCK_SKEW_MS },
    cache: loaded.cache.use ? createFactsCache({ ...loaded.cache, clock, hash }) : NO_CACHE,
    logger,
    observe: metricsObserver(metrics, dependency),
  })
  checks.set(`partitions of ${dependency}`, () =>
    enricher.ready() ? null : 'not all taken up yet',
  )
  logger.info({ settings: loaded.settings }, 'asking')
  return () => enricher.stop()
}

function wantedOf(policy: Policy, name: string, file: string): Wanted {
  const loaded = loadConnectorFile({
    file,
    env: process.env,
    dependency: dependencyOf(policy, name),
  })
  return { dependency: name, loaded }
}

function dependencyOf(policy: Policy, name: string): DependencyPolicy {
  const found = policy.dependencies.find((dependency) => dependency.name === name)
  if (found !== undefined) return found
  const names = policy.dependencies.map((dependency) => dependency.name).join(', ')
  const message = `policy '${policy.name}' has no dependency '${name}'; it has ${names || 'none'}`
  throw new CrosspointError('XP_DEPENDENCY_UNKNOWN', message)
}
