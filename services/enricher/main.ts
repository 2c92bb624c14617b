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
import { loadConnectorsFile, type LoadedConnector } from './connectors/config.ts'
import { crashPointOf } from './crash.ts'
import type { CrashPoint } from './lookups.ts'
import { metricsObserver } from './observer.ts'
import { followOverrides } from './override.ts'
import { type Asked, type Enrichers, startEnrichers } from './together.ts'

const TOPICS: readonly LogTopic[] = [
  'call.arrived',
  'call.lookup',
  'ops.override',
  'ops.policy',
  'ops.clock',
]

/**
 * Runs the lookups of one dependency or several (each once, whatever is repeated) until the process is told
 * to stop. Throws a CrosspointError for mistakes in settings, policy and connectors, all of a file at once,
 * before anything is opened.
 */
export async function runEnrichers(dependencies: readonly string[]): Promise<void> {
  const settings = settingsFromEnvironment()
  const policy = loadPolicyFile(settings.POLICY_FILE)
  const names = [...new Set(dependencies)].toSorted()
  const connectors = loadConnectorsFile({
    file: settings.CONNECTORS_FILE,
    env: process.env,
    dependencies: dependenciesOf(policy, names),
  })
  const crashPoint = crashPointOf(process.env, () => process.kill(process.pid, 'SIGKILL'))
  const program = `enricher-${names.join('-')}`
  const secrets = connectors.flatMap((connector) => connector.secrets)
  const runtime = await openRuntime({ program, topics: TOPICS, tokens: false, settings, secrets })
  try {
    await start(runtime, policy, connectors, crashPoint)
  } catch (error) {
    await runtime.lifecycle.stop('could not start')
    throw error
  }
  await runtime.lifecycle.stopped
}

async function start(
  runtime: Runtime,
  policy: Policy,
  connectors: readonly LoadedConnector[],
  crashPoint: ((point: CrashPoint) => void) | null,
): Promise<void> {
  const { client, codec, clock, log, lifecycle, settings, checks } = runtime
  checks.set('partitions', () => 'none taken up yet')
  const policies = await servicePolicies(runtime, policy, Date.now)
  const overrides = await followOverrides({ client, codec, clock, logger: log })
  lifecycle.onStop('overrides', () => overrides.stop())
  const life: { stopping: boolean; enrichers: Enrichers | null } = {
    stopping: false,
    enrichers: null,
  }
  lifecycle.onStop('enrichers', async () => {
    life.stopping = true
    await life.enrichers?.stop()
  })
  const asked = await Promise.all(connectors.map((one) => askedOf(runtime, one)))
  const enrichers = await startEnrichers({
    asked,
    instanceId: settings.INSTANCE_ID,
    client,
    codec,
    clock,
    random: Math.random,
    policyAt: (appendedAt) => policies.at(appendedAt),
    versions: policies,
    overrides,
    ...(crashPoint === null ? {} : { crashPoint }),
  })
  life.enrichers = enrichers
  // Told to stop while they started.
  if (life.stopping) await enrichers.stop()
  checks.set('partitions', () => {
    const missing = enrichers.missing()
    return missing.length === 0 ? null : `not all taken up yet of ${missing.join(', ')}`
  })
  log.info({ policyVersion: policies.at(Date.now()).version }, 'started')
}

/** Opens the connector of a dependency. */
async function askedOf(runtime: Runtime, loaded: LoadedConnector): Promise<Asked> {
  const { clock, metrics, settings } = runtime
  const { dependency, unmapped } = loaded
  const logger = runtime.log.child({ dependency })
  if (unmapped.length > 0)
    logger.warn({ unmapped }, 'facts that no answer can hold: always missing')
  logger.info({ settings: loaded.settings }, 'asking')
  return {
    dependency,
    groupId: `enricher-${dependency}`,
    connector: await loaded.open(),
    settings: { ...loaded.settings, maxClockSkewMs: settings.MAX_CLOCK_SKEW_MS },
    cache: loaded.cache.use ? createFactsCache({ ...loaded.cache, clock, hash }) : NO_CACHE,
    logger,
    observe: metricsObserver(metrics, dependency),
  }
}

function dependenciesOf(policy: Policy, names: readonly string[]): readonly DependencyPolicy[] {
  const known = new Map(policy.dependencies.map((dependency) => [dependency.name, dependency]))
  const found = names.flatMap((name) => known.get(name) ?? [])
  if (found.length === names.length) return found
  const unknown = names.filter((name) => !known.has(name)).map((name) => `'${name}'`)
  const has = [...known.keys()].join(', ') || 'none'
  const message = `policy '${policy.name}' has no dependency ${unknown.join(' or ')}; it has ${has}`
  throw new CrosspointError('XP_DEPENDENCY_UNKNOWN', message)
}
